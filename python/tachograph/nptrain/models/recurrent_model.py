"""What the recurrent models share: parameters by name, the way in and out, the loss at the end."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from tachograph.analysis.arrays import flag
from tachograph.nptrain.models.initialisation import glorot_uniform
from tachograph.nptrain.models.parameter_checks import checked_parameters
from tachograph.nptrain.models.sequences import batch_of_sequences, time_major
from tachograph.nptrain.objectives import objective
from tachograph.nptrain.real_arrays import Floats

__all__ = ["ModelPass", "RecurrentModel"]

Trace = TypeVar("Trace")

# A forward pass keeps what the way back would need: a whole data set is taken in parts, which
# bounds that, and stays nearer to the processor's caches.
_SAMPLES_AT_ONCE = 256


@dataclass(frozen=True, slots=True)
class ModelPass(Generic[Trace]):
    """A pass through a batch of B sequences.

    Attributes:
        features: What the output projection reads, [S, B, H]: of every step, or of the last alone.
        state: The state after the last step, each array with the batch first.
        trace: What the way back needs.
    """

    features: Floats
    state: tuple[Floats, ...]
    trace: Trace


class RecurrentModel(ABC, Generic[Trace]):
    """A recurrent model with named parameters, for sequences with the batch first.

    The layout is the same for every shape: samples, steps, features. Everything is computed in
    float64. Numbers that are not finite, or become so, are no error here: they come out as NaN or
    infinities, without a warning.
    """

    def __init__(
        self, input_size: int, output_size: int | None, parameters: dict[str, Floats]
    ) -> None:
        self._input_size = input_size
        self._output_size = output_size
        self._parameters = parameters

    @property
    def n_parameters(self) -> int:
        """How many numbers the parameters are."""
        return sum(array.size for array in self._parameters.values())

    def get_params(self) -> dict[str, Floats]:
        """Copies of the parameters by name."""
        return {name: array.copy() for name, array in self._parameters.items()}

    def set_params(self, params: Mapping[str, Any]) -> None:
        """Replaces all parameters; none where one of them does not fit.

        Args:
            params: As `get_params` returns them: every name, each with its shape, of any real
                type. They are copied.

        Raises:
            InvalidArgumentError: Names are missing or unknown, or an array has another shape or
                is not of real numbers.
        """
        self._parameters = checked_parameters(params, self._parameters)

    @overload
    def forward(
        self, X: Any, return_sequences: bool = ..., return_state: Literal[False] = ...
    ) -> Floats: ...

    @overload
    def forward(
        self, X: Any, return_sequences: bool = ..., *, return_state: Literal[True]
    ) -> tuple[Floats, ...]: ...

    def forward(
        self, X: Any, return_sequences: bool = False, return_state: bool = False
    ) -> Floats | tuple[Floats, ...]:
        """Outputs for a batch of sequences.

        Args:
            X: Real numbers [samples, steps, input_size].
            return_sequences: True for the outputs of every step, False for those of the last.
            return_state: True for the state after the last step beside the outputs.

        Returns:
            The outputs, [samples, output_size] or [samples, steps, output_size] (`hidden_size`
            wide without an output projection). With the state: a tuple that begins with them and
            goes on with the state's arrays, as the model's own description lists them.

        Raises:
            ArgumentTypeError: `return_sequences` or `return_state` is no bool.
            InvalidArgumentError: `X` has another shape, or is not of real numbers.
        """
        every_step = flag(return_sequences, "return_sequences")
        with_state = flag(return_state, "return_state")
        batch = batch_of_sequences(X, self._input_size)
        parts = [
            self._outputs_and_state(batch[start : start + _SAMPLES_AT_ONCE], every_step)
            for start in range(0, len(batch), _SAMPLES_AT_ONCE)
        ]
        whole = tuple(map(np.concatenate, zip(*parts, strict=True))) if parts[1:] else parts[0]
        return whole if with_state else whole[0]

    def loss_and_grads(
        self, X: Any, y: Any, task: str = "classification"
    ) -> tuple[float, float, dict[str, Floats]]:
        """Loss, metric and exact gradients of a batch, by backpropagation through time.

        Args:
            X: Real numbers [samples, steps, input_size].
            y: Targets of the last step: classes, or numbers [samples, output_size].
            task: ``"classification"`` (cross-entropy of the outputs as logits; accuracy) or
                ``"regression"`` (mean squared error; its negative).

        Returns:
            The loss, the metric, and the loss's derivative by each parameter, by name.

        Raises:
            InvalidArgumentError: `X` or `y` has another shape, or the task is unknown.
        """
        goal = objective(task)
        inputs = time_major(batch_of_sequences(X, self._input_size))
        with np.errstate(all="ignore"):
            passed = self._run(inputs, every_step=False)
            features = passed.features[-1]
            outcome = goal.evaluate(self._projected(features), y)
            d_outputs = outcome.gradient
            gradients: dict[str, Floats] = {}
            d_features = d_outputs
            if self._output_size is not None:
                gradients["W_out"] = d_outputs.T @ features
                gradients["b_out"] = np.add.reduce(d_outputs, axis=0)[:, np.newaxis]
                d_features = d_outputs @ self._parameters["W_out"]
            gradients |= self._run_back(passed.trace, d_features)
        return outcome.loss, outcome.metric, {name: gradients[name] for name in self._parameters}

    @abstractmethod
    def _run(self, inputs: Floats, *, every_step: bool) -> ModelPass[Trace]:
        """A pass through inputs [T, B, I], with the features of every step or of the last."""

    @abstractmethod
    def _run_back(self, trace: Trace, d_features: Floats) -> dict[str, Floats]:
        """Gradients of the parameters but the projection's; uses up the trace.

        Args:
            trace: Of a pass with the features of the last step.
            d_features: [B, H]: derivative of the loss by them.
        """

    def _outputs_and_state(self, batch: NDArray[Any], every_step: bool) -> tuple[Floats, ...]:
        """Outputs and the arrays of the state, each with the batch first."""
        with np.errstate(all="ignore"):
            passed = self._run(time_major(batch), every_step=every_step)
            outputs = self._projected(passed.features)
        if every_step:
            return np.ascontiguousarray(outputs.transpose(1, 0, 2)), *passed.state
        return outputs[-1], *passed.state

    def _projected(self, features: Floats) -> Floats:
        """Features [..., H] as outputs [..., O]."""
        if self._output_size is None:
            return features.copy()  # the trace stays the model's own
        outputs = features @ self._parameters["W_out"].T
        outputs += self._parameters["b_out"][:, 0]
        return outputs


def projection_parameters(
    rng: np.random.Generator, hidden_size: int, output_size: int | None
) -> dict[str, Floats]:
    """W_out [O, H] by Glorot and b_out [O, 1] of zeros; nothing without an output size."""
    if output_size is None:
        return {}
    return {
        "W_out": glorot_uniform(rng, output_size, hidden_size),
        "b_out": np.zeros((output_size, 1)),
    }
