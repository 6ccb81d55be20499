"""A memory of slots that attend to each other, over a whole batch, and its gradients through time.

For the memory M [N, D] of a sample and the input u of a step, with s the logistic function::

    A  = concat over heads of softmax(Q K^T / sqrt(d)) V, times W_o;  Q, K, V = M W_q, M W_k, M W_v
    A[0] += W_input u + b_input            or u itself, where it is as wide as a slot
    U  = tanh(W_update A + b_update)       slot by slot, as is
    G  = s(W_gate [A; u] + b_gate)
    M' = G * U + (1 - G) * M

Santoro et al., "Relational recurrent neural networks" (2018), in a simpler form: their memory has
layer norms and a perceptron. The first memory is the same for every sample: rows of the identity,
as theirs is. Had the slots begun alike, all but the first would stay so for ever.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tachograph.nptrain.models.activations import logistic_of_negative
from tachograph.nptrain.models.initialisation import glorot_uniform, identity_rows
from tachograph.nptrain.models.slot_attention import apart, attend, attend_back, side_by_side
from tachograph.nptrain.real_arrays import Floats

__all__ = ["MemoryPass", "initial_parameters", "run", "run_back"]

# First bias of the gate: a step keeps seven eighths of a slot. Without it a step halves what keeps
# the slots apart, and after sixty steps they are the same to the last bit.
_FIRST_GATE = -2.0


@dataclass(frozen=True, slots=True)
class MemoryPass:
    """What a pass leaves for the way back. T steps, B samples, N slots of size D, h heads.

    Attributes:
        inputs: u, [T, B, H].
        memories: [T + 1, B, N, D], the first memory first.
        projected: Q / sqrt(d), K and V side by side, [T, B, N, 3, h, d]; the way back writes over
            them.
        shares: What the softmax gave, [T, B, h, N, N].
        found: The heads' outputs side by side, [T, B, N, D].
        attended: A, with the input added, [T, B, N, D].
        updates: U and G, [2, T, B, N, D]; the way back writes over them.
    """

    inputs: Floats
    memories: Floats
    projected: Floats
    shares: Floats
    found: Floats
    attended: Floats
    updates: Floats


def initial_parameters(
    rng: np.random.Generator, input_size: int, slot_size: int
) -> dict[str, Floats]:
    """W_q, W_k, W_v, W_o_attn [D, D] from N(0, 1 / D); the others by Glorot.

    W_input [D, H] and b_input [D, 1] are there only where H differs from D; W_gate [D, D + H],
    W_update [D, D], b_gate and b_update [D, 1]. Biases are zero but that of the gate.
    """
    parameters: dict[str, Floats] = {}
    for name in ("W_q", "W_k", "W_v", "W_o_attn"):
        parameters[name] = rng.standard_normal((slot_size, slot_size)) / math.sqrt(slot_size)
    if input_size != slot_size:
        parameters["W_input"] = glorot_uniform(rng, slot_size, input_size)
        parameters["b_input"] = np.zeros((slot_size, 1))
    parameters["W_gate"] = glorot_uniform(rng, slot_size, slot_size + input_size)
    parameters["b_gate"] = np.full((slot_size, 1), _FIRST_GATE)
    parameters["W_update"] = glorot_uniform(rng, slot_size, slot_size)
    parameters["b_update"] = np.zeros((slot_size, 1))
    return parameters


def run(
    parameters: Mapping[str, Floats], inputs: Floats, *, num_slots: int, num_heads: int
) -> MemoryPass:
    """A pass from the first memory.

    Args:
        parameters: As `initial_parameters` names them.
        inputs: u of each step, [T, B, H].
        num_slots: N.
        num_heads: h, a divisor of D.
    """
    n_steps, n_samples, _ = inputs.shape
    size = len(parameters["W_q"])
    slots = (n_samples, num_slots, size)
    heads = (n_samples, num_slots, 3, num_heads, size // num_heads)
    memories = np.empty((n_steps + 1, *slots))
    memories[0] = identity_rows(num_slots, size)
    projected = np.empty((n_steps, *heads))
    shares = np.empty((n_steps, n_samples, num_heads, num_slots, num_slots))
    found = np.empty((n_steps, *slots))
    attended = np.empty((n_steps, *slots))
    updates = np.empty((2, n_steps, *slots))
    passed = MemoryPass(inputs, memories, projected, shares, found, attended, updates)

    project = side_by_side(parameters, num_heads)
    additions = _additions(parameters, inputs)
    # The logistic function and tanh share one exponential: what they want is its argument.
    exponents = np.array([-2.0, -1.0]).reshape(2, 1, 1)
    mix = (_update_weights(parameters) * exponents).transpose(0, 2, 1)
    offsets = _offsets(parameters, inputs)
    step = np.empty((2, n_samples * num_slots, size))
    for t in range(n_steps):
        np.matmul(memories[t].reshape(-1, size), project, out=projected[t].reshape(-1, 3 * size))
        queries, keys, values = projected[t].transpose(2, 0, 3, 1, 4)
        attend(queries, keys, shares[t])
        spread = found[t].reshape(n_samples, num_slots, num_heads, -1).swapaxes(1, 2)
        np.matmul(shares[t], values, out=spread)
        flat = attended[t].reshape(-1, size)
        np.matmul(found[t].reshape(-1, size), parameters["W_o_attn"], out=flat)
        attended[t, :, 0] += additions[t]
        np.matmul(flat, mix, out=step)
        both = step.reshape(2, *slots)
        both += offsets[:, t, :, np.newaxis]
        logistic_of_negative(both)
        both[0] *= 2.0
        both[0] -= 1.0
        updates[:, t] = both
        np.subtract(both[0], memories[t], out=memories[t + 1])
        memories[t + 1] *= both[1]
        memories[t + 1] += memories[t]
    return passed


def run_back(
    parameters: Mapping[str, Floats], forward: MemoryPass, d_memory: Floats
) -> tuple[dict[str, Floats], Floats]:
    """Gradients of the parameters and of the inputs. Uses up the pass.

    Args:
        parameters: Those of the pass.
        forward: What `run` returned.
        d_memory: [B, N, D]: derivative of the loss by the last memory.

    Returns:
        The gradients by name, and the derivative by each step's input, [T, B, H].
    """
    memories, projected, updates = forward.memories, forward.projected, forward.updates
    n_steps, n_samples, num_slots, size = forward.attended.shape
    num_heads = projected.shape[4]
    project_back = side_by_side(parameters, num_heads).T
    mix = _update_weights(parameters)
    output_back = parameters["W_o_attn"].T
    d_attended = np.empty_like(forward.attended)
    error = np.empty((2, n_samples, num_slots, size))
    both = np.empty_like(error).reshape(2, -1, size)
    d_memory = d_memory.copy()
    for t in range(n_steps - 1, -1, -1):
        update, gate = updates[:, t]
        # Through M' = G U + (1 - G) M to the arguments of tanh and of the logistic function.
        np.multiply(d_memory, gate, out=error[0])
        d_memory -= error[0]  # what M itself gets: d (1 - G)
        np.subtract(update, memories[t], out=error[1])
        error[1] *= d_memory
        error[1] *= gate
        error[0] *= 1.0 - update * update
        updates[:, t] = error
        np.matmul(error.reshape(2, -1, size), mix, out=both)
        flat = np.add(both[0], both[1], out=d_attended[t].reshape(-1, size))
        d_found = (flat @ output_back).reshape(n_samples, num_slots, num_heads, -1).swapaxes(1, 2)
        attend_back(projected[t], forward.shares[t], d_found)
        d_memory += (projected[t].reshape(-1, 3 * size) @ project_back).reshape(d_memory.shape)
    return _weight_gradients(parameters, forward, d_attended)


def _weight_gradients(
    parameters: Mapping[str, Floats], forward: MemoryPass, d_attended: Floats
) -> tuple[dict[str, Floats], Floats]:
    """Products over all steps at once, from the errors that the way back left."""
    size = d_attended.shape[-1]
    n_features = forward.inputs.shape[-1]
    num_heads = forward.projected.shape[4]
    inputs = forward.inputs.reshape(-1, n_features)
    errors = forward.updates.reshape(2, -1, size)
    d_update, d_gate = errors.transpose(0, 2, 1) @ forward.attended.reshape(-1, size)
    biases = np.add.reduce(errors, axis=1)
    # The gate sees the same input at every slot; only the first slot was given it to keep.
    at_gate = np.add.reduce(forward.updates[1], axis=2).reshape(-1, size)
    at_first = d_attended[:, :, 0].reshape(-1, size)

    d_project = forward.memories[:-1].reshape(-1, size).T @ forward.projected.reshape(-1, 3 * size)
    gradients = {
        **apart(d_project, num_heads),
        "W_o_attn": forward.found.reshape(-1, size).T @ d_attended.reshape(-1, size),
        "W_gate": np.concatenate([d_gate, at_gate.T @ inputs], axis=1),
        "b_gate": biases[1][:, np.newaxis],
        "W_update": d_update,
        "b_update": biases[0][:, np.newaxis],
    }
    d_inputs = at_gate @ parameters["W_gate"][:, size:]
    if "W_input" in parameters:
        gradients["W_input"] = at_first.T @ inputs
        gradients["b_input"] = np.add.reduce(at_first, axis=0)[:, np.newaxis]
        d_inputs += at_first @ parameters["W_input"]
    else:
        d_inputs += at_first
    return gradients, d_inputs.reshape(forward.inputs.shape)


def _update_weights(parameters: Mapping[str, Floats]) -> Floats:
    """What update and gate make of the attended slots, [2, D, D]."""
    size = len(parameters["W_gate"])
    return np.stack([parameters["W_update"], parameters["W_gate"][:, :size]])


def _additions(parameters: Mapping[str, Floats], inputs: Floats) -> Floats:
    """What the first slot is given, [T, B, D]."""
    if "W_input" not in parameters:
        return inputs
    return inputs @ parameters["W_input"].T + parameters["b_input"][:, 0]


def _offsets(parameters: Mapping[str, Floats], inputs: Floats) -> Floats:
    """What update and gate add for all slots alike, as exponents, [2, T, B, D]."""
    size = len(parameters["W_gate"])
    offsets = np.empty((2, *inputs.shape[:2], size))
    offsets[0] = -2.0 * parameters["b_update"][:, 0]
    np.matmul(inputs, -parameters["W_gate"][:, size:].T, out=offsets[1])
    offsets[1] -= parameters["b_gate"][:, 0]
    return offsets
