"""An LSTM layer over a whole batch of sequences, and its gradients through time.

With x_t the input of a step, h and c the state before it, and s the logistic function::

    f  = s(W_f x_t + U_f h + b_f)          forget gate
    i  = s(W_i x_t + U_i h + b_i)          input gate
    c~ = tanh(W_c x_t + U_c h + b_c)       candidate
    o  = s(W_o x_t + U_o h + b_o)          output gate
    c' = f * c + i * c~
    h' = o * tanh(c')

Hochreiter and Schmidhuber, "Long short-term memory" (1997), with the forget gate of Gers et al.
(2000). Inside, arrays are ordered gate, step, sample, unit: what one step reads of one gate lies
in one piece, and what all steps share (the inputs' part, the gradients of the weights) is one
matrix product a gate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tachograph.nptrain.models.activations import logistic_of_negative, tanh_of_minus_half
from tachograph.nptrain.models.initialisation import glorot_uniform, orthogonal
from tachograph.nptrain.real_arrays import Floats

__all__ = ["LSTMPass", "initial_parameters", "run", "run_back"]

_NAMES = ("f", "i", "c", "o")  # in the order of the parameters
_GATES = ("f", "i", "o", "c")  # in the order of the arrays: the three logistic ones side by side
_N_LOGISTIC = 3
_CANDIDATE = 3
# What makes of a gate's argument the exponent that its function wants.
_EXPONENT = np.array([-1.0, -1.0, -1.0, -2.0]).reshape(4, 1, 1)


@dataclass(frozen=True, slots=True)
class LSTMPass:
    """What a pass through a batch leaves for the way back. T steps, B samples, H units.

    Attributes:
        inputs: [T, B, I].
        gates: [4, T, B, H], after their functions; the way back writes over them.
        cells: [T + 1, B, H]; the first are zeros, as are those of `hiddens`.
        hiddens: [T + 1, B, H].
        squashed: ``tanh(cells[1:])``.
    """

    inputs: Floats
    gates: Floats
    cells: Floats
    hiddens: Floats
    squashed: Floats


def initial_parameters(
    rng: np.random.Generator, input_size: int, hidden_size: int
) -> dict[str, Floats]:
    """W_* [H, I] by Glorot, U_* [H, H] orthogonal, b_* [H, 1] zero but that of the forget gate: 1.

    A forget gate that begins open lets gradients through many steps: Jozefowicz, Zaremba and
    Sutskever, "An empirical exploration of recurrent network architectures" (2015).
    """
    parameters: dict[str, Floats] = {}
    for name in _NAMES:
        parameters[f"W_{name}"] = glorot_uniform(rng, hidden_size, input_size)
        parameters[f"U_{name}"] = orthogonal(rng, hidden_size)
        parameters[f"b_{name}"] = np.full((hidden_size, 1), float(name == "f"))
    return parameters


def run(parameters: Mapping[str, Floats], inputs: Floats) -> LSTMPass:
    """A pass from the zero state.

    Args:
        parameters: As `initial_parameters` names them.
        inputs: [T, B, I], contiguous.
    """
    n_steps, n_samples, n_inputs = inputs.shape
    n_units = len(parameters["b_f"])
    gates = np.empty((4, n_steps, n_samples, n_units))
    np.matmul(
        inputs.reshape(-1, n_inputs),
        (_stacked(parameters, "W") * _EXPONENT).transpose(0, 2, 1),
        out=gates.reshape(4, -1, n_units),
    )
    gates += (_stacked(parameters, "b") * _EXPONENT).reshape(4, 1, 1, n_units)
    recurrent = (_stacked(parameters, "U") * _EXPONENT).transpose(0, 2, 1)
    cells = np.empty((n_steps + 1, n_samples, n_units))
    hiddens = np.empty_like(cells)
    squashed = np.empty_like(cells[1:])
    cells[0] = hiddens[0] = 0.0
    step = np.empty((4, n_samples, n_units))
    product = np.empty((n_samples, n_units))
    for t in range(n_steps):
        np.matmul(hiddens[t], recurrent, out=step)
        step += gates[:, t]
        logistic_of_negative(step)
        step[_CANDIDATE] *= 2.0
        step[_CANDIDATE] -= 1.0
        gates[:, t] = step
        forget, entry, output, candidate = step
        np.multiply(forget, cells[t], out=cells[t + 1])
        cells[t + 1] += np.multiply(entry, candidate, out=product)
        tanh_of_minus_half(np.multiply(cells[t + 1], -2.0, out=squashed[t]))
        np.multiply(output, squashed[t], out=hiddens[t + 1])
    return LSTMPass(inputs, gates, cells, hiddens, squashed)


def run_back(
    parameters: Mapping[str, Floats], forward: LSTMPass, d_hiddens: Floats
) -> dict[str, Floats]:
    """Gradients of the parameters. Uses up the pass: its gates are written over.

    Args:
        parameters: Those of the pass.
        forward: What `run` returned.
        d_hiddens: [T, B, H]: derivative of the loss by each step's h', without what reaches it
            through later steps.
    """
    gates, cells, squashed = forward.gates, forward.cells, forward.squashed
    recurrent = _stacked(parameters, "U")
    d_cell = np.zeros_like(cells[0])
    d_hidden = np.zeros_like(d_cell)
    product = np.empty_like(d_cell)
    slope = np.empty((4, *d_cell.shape))
    error = np.empty_like(slope)
    for t in range(len(squashed) - 1, -1, -1):
        step = gates[:, t]
        forget, entry, output, candidate = step
        d_hidden += d_hiddens[t]
        # Through h' = o tanh(c') into the cell: 1 - tanh^2.
        np.multiply(squashed[t], squashed[t], out=product)
        np.subtract(1.0, product, out=product)
        product *= output
        product *= d_hidden
        d_cell += product
        np.multiply(d_cell, cells[t], out=error[0])
        np.multiply(d_cell, candidate, out=error[1])
        np.multiply(d_hidden, squashed[t], out=error[2])
        np.multiply(d_cell, entry, out=error[3])
        d_cell *= forget
        # Slopes of the gates' functions: s (1 - s), and 1 - tanh^2.
        np.subtract(1.0, step[:_N_LOGISTIC], out=slope[:_N_LOGISTIC])
        slope[:_N_LOGISTIC] *= step[:_N_LOGISTIC]
        np.multiply(candidate, candidate, out=slope[_CANDIDATE])
        np.subtract(1.0, slope[_CANDIDATE], out=slope[_CANDIDATE])
        error *= slope
        step[...] = error
        np.add.reduce(np.matmul(error, recurrent, out=slope), axis=0, out=d_hidden)
    return _weight_gradients(forward)


def _weight_gradients(forward: LSTMPass) -> dict[str, Floats]:
    """One product a gate and kind of weight, from the errors that now stand in the gates."""
    n_units = forward.gates.shape[-1]
    errors = forward.gates.reshape(4, -1, n_units)
    by_unit = errors.transpose(0, 2, 1)
    d_inputs = by_unit @ forward.inputs.reshape(errors.shape[1], -1)
    d_recurrent = by_unit @ forward.hiddens[:-1].reshape(-1, n_units)
    d_biases = np.add.reduce(errors, axis=1)[:, :, np.newaxis]
    gradients: dict[str, Floats] = {}
    for index, name in enumerate(_GATES):
        gradients[f"W_{name}"] = d_inputs[index]
        gradients[f"U_{name}"] = d_recurrent[index]
        gradients[f"b_{name}"] = d_biases[index]
    return gradients


def _stacked(parameters: Mapping[str, Floats], kind: str) -> Floats:
    """W, U or b of the four gates, [4, ...], in the order of the arrays."""
    return np.stack([parameters[f"{kind}_{name}"] for name in _GATES])
