"""A fully connected network in NumPy that can be built badly, with what a monitor sees of it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any, Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["Activation", "Floats", "LayeredNetwork", "norm"]

Floats: TypeAlias = NDArray[np.float64]
Activation: TypeAlias = Literal["relu", "sigmoid"]

_SMALLEST: Final = 1e-300


class LayeredNetwork:
    """Layers with one activation between them, and a probability of each class at the end.

    Attributes:
        weights: Of each layer [inputs, outputs], the first one first.
        biases: Of each layer [outputs].
    """

    def __init__(
        self,
        sizes: Sequence[int],
        seed: int,
        *,
        activation: Activation = "relu",
        output: Literal["softmax", "sigmoid"] = "softmax",
    ) -> None:
        """Weights by He's rule for ReLU and by Glorot's for sigmoid, biases zero.

        Args:
            sizes: Units of each layer, inputs first.
            seed: Of the weights.
            activation: Between the layers.
            output: ``"softmax"`` with the cross-entropy, or ``"sigmoid"`` for each class with the
                squared error, whose gradient goes where the sigmoid saturates.
        """
        rng = np.random.default_rng(seed)
        gain = 2.0 if activation == "relu" else 1.0
        self.weights = [
            rng.standard_normal((fan_in, out)) * math.sqrt(gain / fan_in)
            for fan_in, out in itertools.pairwise(sizes)
        ]
        self.biases = [np.zeros(out) for out in sizes[1:]]
        self._activation, self._output = activation, output

    @property
    def parameters(self) -> list[Floats]:
        """Weights and biases, layer by layer."""
        return [*itertools.chain.from_iterable(zip(self.weights, self.biases, strict=True))]

    def predict(self, images: NDArray[Any]) -> Floats:
        """What it gives each class [N, classes]: probabilities from 0 to 1."""
        return self._activations(images)[-1]

    def loss(self, given: Floats, aims: Floats) -> float:
        """The mean loss of what `predict` gave.

        Args:
            given: [N, classes].
            aims: What each class should have been given [N, classes], all 0 or more.
        """
        if self._output == "sigmoid":
            return float(np.square(given - aims).sum(axis=1).mean())
        return float(-(aims * np.log(np.maximum(given, _SMALLEST))).sum(axis=1).mean())

    def gradients(self, images: NDArray[Any], aims: Floats) -> tuple[float, list[Floats]]:
        """The mean loss of a batch, and its gradient by all `parameters`.

        Args:
            images: [N, inputs].
            aims: As `loss` takes them.
        """
        activations = self._activations(images)
        given = activations.pop()
        if self._output == "sigmoid":
            error = 2 * (given - aims) * given * (1 - given)
        else:
            error = given * aims.sum(axis=1, keepdims=True) - aims
        error /= len(images)
        gradients: list[Floats] = []
        for at in range(len(self.weights) - 1, -1, -1):
            inputs = activations[at]
            gradients[:0] = [inputs.T @ error, error.sum(axis=0)]
            if at:
                slope = np.sign(inputs) if self._activation == "relu" else inputs * (1 - inputs)
                error = (error @ self.weights[at].T) * slope
        return self.loss(given, aims), gradients

    def _activations(self, images: NDArray[Any]) -> list[Floats]:
        """The inputs, each hidden layer's outputs, and what each class is given."""
        activations: list[Floats] = [np.asarray(images, dtype=np.float64)]
        for weights, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            sums = activations[-1] @ weights + bias
            hidden = np.maximum(sums, 0) if self._activation == "relu" else _sigmoid(sums)
            activations.append(hidden)
        sums = activations[-1] @ self.weights[-1] + self.biases[-1]
        activations.append(_sigmoid(sums) if self._output == "sigmoid" else _softmax(sums))
        return activations


def norm(arrays: Sequence[Floats]) -> float:
    """The L2 norm of all elements of all arrays."""
    return math.sqrt(math.fsum(float(np.vdot(array, array)) for array in arrays))


def _sigmoid(sums: Floats) -> Floats:
    given: Floats = 1 / (1 + np.exp(-sums))
    return given


def _softmax(sums: Floats) -> Floats:
    powers = np.exp(sums - sums.max(axis=1, keepdims=True))
    given: Floats = powers / powers.sum(axis=1, keepdims=True)
    return given
