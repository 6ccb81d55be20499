"""The relational recurrent network: an LSTM beside a memory of slots that attend to each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tachograph.nptrain.models import lstm_layer, relational_memory
from tachograph.nptrain.models.attention import divisible_heads
from tachograph.nptrain.models.initialisation import glorot_uniform
from tachograph.nptrain.models.lstm_layer import LSTMPass
from tachograph.nptrain.models.parameter_checks import model_size
from tachograph.nptrain.models.recurrent_model import (
    ModelPass,
    RecurrentModel,
    projection_parameters,
)
from tachograph.nptrain.models.relational_memory import MemoryPass
from tachograph.nptrain.real_arrays import Floats
from tachograph.nptrain.seeding import Seed, generator

__all__ = ["RelationalPass", "RelationalRNN"]


@dataclass(frozen=True, slots=True)
class RelationalPass:
    """What a pass leaves for the way back.

    Attributes:
        layer: Of the LSTM.
        memory: Of the memory.
        joined: h' and what was read from the memory, side by side, [S, B, 2 H].
        readings: Means over the slots, [S, B, D].
        features: [S, B, H].
    """

    layer: LSTMPass
    memory: MemoryPass
    joined: Floats
    readings: Floats
    features: Floats


class RelationalRNN(RecurrentModel[RelationalPass]):
    """An LSTM whose hidden states feed a relational memory, and an output made of both.

    The formulas stand in docs/nptrain-models.md. The first memory is constant: slot n begins as row
    n of the identity, the same for every sample, so that no two slots are alike.

    Parameters: the LSTM's; W_q, W_k, W_v, W_o_attn, W_gate, b_gate, W_update, b_update, W_input and
    b_input of the memory (the last two only where `hidden_size` differs from `slot_size`);
    W_memory_read, b_memory_read, W_combine, b_combine; W_out and b_out of the projection.

    The state that ``forward(..., return_state=True)`` adds: h and c, each [samples, hidden_size],
    and the memory [samples, num_slots, slot_size].

    Example:
        >>> model = RelationalRNN(input_size=10, hidden_size=32, output_size=3, rng=0)
        >>> model.n_parameters
        38627
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        output_size: int | None = None,
        num_slots: int = 4,
        slot_size: int = 64,
        num_heads: int = 2,
        *,
        rng: Seed = None,
    ) -> None:
        """A model with first weights.

        Args:
            input_size: Features of a step.
            hidden_size: Units of the LSTM.
            output_size: Outputs; None for no projection, so that outputs are [.., hidden_size].
            num_slots: Slots of the memory.
            slot_size: Numbers a slot.
            num_heads: Heads of the attention, a divisor of `slot_size`.
            rng: A seed or a generator for the weights; None for others every time.

        Raises:
            ArgumentTypeError: A size is no integer, or `rng` nothing that draws.
            InvalidArgumentError: A size is below 1 or beyond 2^20, or `slot_size` no multiple of
                `num_heads`.
        """
        input_size = model_size(input_size, "input_size")
        hidden_size = model_size(hidden_size, "hidden_size")
        if output_size is not None:
            output_size = model_size(output_size, "output_size")
        self._num_slots = model_size(num_slots, "num_slots")
        slot_size = model_size(slot_size, "slot_size")
        self._num_heads = divisible_heads(num_heads, slot_size, "the numbers of a slot")
        draws = generator(rng)
        parameters = lstm_layer.initial_parameters(draws, input_size, hidden_size)
        parameters |= relational_memory.initial_parameters(draws, hidden_size, slot_size)
        parameters |= {
            "W_memory_read": glorot_uniform(draws, hidden_size, slot_size),
            "b_memory_read": np.zeros((hidden_size, 1)),
            "W_combine": glorot_uniform(draws, hidden_size, 2 * hidden_size),
            "b_combine": np.zeros((hidden_size, 1)),
        }
        parameters |= projection_parameters(draws, hidden_size, output_size)
        super().__init__(input_size, output_size, parameters)

    def _run(self, inputs: Floats, *, every_step: bool) -> ModelPass[RelationalPass]:
        # The memory never reaches the LSTM, whose whole course is known before the memory's begins.
        layer = lstm_layer.run(self._parameters, inputs)
        memory = relational_memory.run(
            self._parameters,
            layer.hiddens[1:],
            num_slots=self._num_slots,
            num_heads=self._num_heads,
        )
        first = 1 if every_step else -1
        hiddens = layer.hiddens[first:]
        readings = memory.memories[first:].mean(axis=2)
        given = self._parameters
        read = readings @ given["W_memory_read"].T + given["b_memory_read"][:, 0]
        joined = np.concatenate([hiddens, read], axis=-1)
        features = np.tanh(joined @ given["W_combine"].T + given["b_combine"][:, 0])
        state = (layer.hiddens[-1].copy(), layer.cells[-1].copy(), memory.memories[-1].copy())
        return ModelPass(features, state, RelationalPass(layer, memory, joined, readings, features))

    def _run_back(self, trace: RelationalPass, d_features: Floats) -> dict[str, Floats]:
        given = self._parameters
        features, joined, reading = trace.features[-1], trace.joined[-1], trace.readings[-1]
        hidden_size = features.shape[1]
        error = d_features * (1.0 - features * features)
        d_joined = error @ given["W_combine"]
        d_read = d_joined[:, hidden_size:]
        gradients = {
            "W_combine": error.T @ joined,
            "b_combine": np.add.reduce(error, axis=0)[:, np.newaxis],
            "W_memory_read": d_read.T @ reading,
            "b_memory_read": np.add.reduce(d_read, axis=0)[:, np.newaxis],
        }
        # The reading is a mean: each slot has an equal part in it.
        d_reading = (d_read @ given["W_memory_read"])[:, np.newaxis] / self._num_slots
        d_memory = np.broadcast_to(d_reading, trace.memory.memories.shape[1:])
        of_memory, d_hiddens = relational_memory.run_back(given, trace.memory, d_memory)
        d_hiddens[-1] += d_joined[:, :hidden_size]
        return gradients | of_memory | lstm_layer.run_back(given, trace.layer, d_hiddens)
