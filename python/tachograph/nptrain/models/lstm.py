"""The LSTM baseline: one layer, and a linear projection of its last hidden state."""

from __future__ import annotations

import numpy as np

from tachograph.nptrain.models import lstm_layer
from tachograph.nptrain.models.lstm_layer import LSTMPass
from tachograph.nptrain.models.parameter_checks import model_size
from tachograph.nptrain.models.recurrent_model import (
    ModelPass,
    RecurrentModel,
    projection_parameters,
)
from tachograph.nptrain.real_arrays import Floats
from tachograph.nptrain.seeding import Seed, generator

__all__ = ["LSTM"]


class LSTM(RecurrentModel[LSTMPass]):
    """One layer of long short-term memory from the zero state, for sequences, batch first.

    The formulas stand in docs/nptrain-models.md. Parameters: W_f, U_f, b_f and so on for the gates
    f, i, c and o, with W_* [hidden, input], U_* [hidden, hidden], b_* [hidden, 1]; W_out
    [output, hidden] and b_out [output, 1] of the projection.

    The state that ``forward(..., return_state=True)`` adds: h and c, each [samples, hidden_size].

    Example:
        >>> model = LSTM(input_size=10, hidden_size=32, output_size=3, rng=0)
        >>> model.n_parameters
        5603
        >>> model.forward(np.zeros((2, 7, 10))).shape
        (2, 3)
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        output_size: int | None = None,
        *,
        rng: Seed = None,
    ) -> None:
        """A model with first weights.

        Args:
            input_size: Features of a step.
            hidden_size: Units of the layer.
            output_size: Outputs; None for no projection, so that outputs are hidden states.
            rng: A seed or a generator for the weights; None for others every time.

        Raises:
            ArgumentTypeError: A size is no integer, or `rng` nothing that draws.
            InvalidArgumentError: A size is below 1 or beyond 2^20.
        """
        input_size = model_size(input_size, "input_size")
        hidden_size = model_size(hidden_size, "hidden_size")
        if output_size is not None:
            output_size = model_size(output_size, "output_size")
        draws = generator(rng)
        parameters = lstm_layer.initial_parameters(draws, input_size, hidden_size)
        parameters |= projection_parameters(draws, hidden_size, output_size)
        super().__init__(input_size, output_size, parameters)

    def _run(self, inputs: Floats, *, every_step: bool) -> ModelPass[LSTMPass]:
        passed = lstm_layer.run(self._parameters, inputs)
        features = passed.hiddens[1:] if every_step else passed.hiddens[-1:]
        state = (passed.hiddens[-1].copy(), passed.cells[-1].copy())
        return ModelPass(features, state, passed)

    def _run_back(self, trace: LSTMPass, d_features: Floats) -> dict[str, Floats]:
        d_hiddens = np.zeros_like(trace.squashed)
        d_hiddens[-1] = d_features
        return lstm_layer.run_back(self._parameters, trace, d_hiddens)
