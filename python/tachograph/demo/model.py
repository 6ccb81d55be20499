"""A multi-layer perceptron in NumPy: a model as `tachograph.nptrain` trains them."""

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tachograph.demo.data import Images, Labels
from tachograph.nptrain.objectives import objective

Floats = NDArray[np.float32]

_FLAT = "weights_and_biases"


class Perceptron:
    """Fully connected layers with ReLU between them, in float32.

    All parameters lie in one flat vector, as do their gradients, so that the norm and the update
    are single operations; each layer's weights and bias are views into it.
    """

    def __init__(self, sizes: Sequence[int], rng: np.random.Generator) -> None:
        """Layers of `sizes` units, inputs first; weights by He's rule, biases zero."""
        n_parameters = sum(fan_in * out + out for fan_in, out in itertools.pairwise(sizes))
        self._parameters: Floats = np.zeros(n_parameters, dtype=np.float32)
        self._gradients: Floats = np.zeros(n_parameters, dtype=np.float32)
        self._layers = _views(self._parameters, sizes)
        self._gradient_layers = _views(self._gradients, sizes)
        for weights, _bias in self._layers:
            weights[...] = rng.standard_normal(weights.shape) * math.sqrt(2 / len(weights))

    def forward(self, X: Images, return_sequences: bool = False) -> Floats:  # noqa: ARG002, FBT001, FBT002, N803 -- the toolkit's call
        """Logits of images, one row each; there are no sequences to return."""
        return self._activations(X)[-1]

    def get_params(self) -> dict[str, Floats]:
        """All parameters under one name: the vector itself."""
        return {_FLAT: self._parameters}

    def set_params(self, params: Mapping[str, Any]) -> None:
        """Takes over the values of all parameters."""
        self._parameters[...] = params[_FLAT]

    def loss_and_grads(
        self,
        X: Images,  # noqa: N803 -- the toolkit's name
        y: Labels,
        task: str,
    ) -> tuple[float, float, dict[str, Floats]]:
        """Loss, accuracy, and the loss's gradient by all parameters, until the next call."""
        activations = self._activations(X)
        outcome = objective(task).evaluate(activations.pop(), y)
        self._backward(activations, outcome.gradient)
        return outcome.loss, outcome.metric, {_FLAT: self._gradients}

    def _activations(self, images: Images) -> list[Floats]:
        """The inputs, each hidden layer's output, and the logits."""
        activations = [images]
        for weights, bias in self._layers[:-1]:
            hidden = activations[-1] @ weights
            hidden += bias
            activations.append(np.maximum(hidden, 0, out=hidden))
        weights, bias = self._layers[-1]
        activations.append(activations[-1] @ weights + bias)
        return activations

    def _backward(self, activations: list[Floats], error: Floats) -> None:
        """Fills the gradients, given each layer's inputs and the loss's gradient by the logits."""
        ones = np.ones(len(error), dtype=np.float32)  # a product sums rows sooner than a sum
        for index in range(len(self._layers) - 1, -1, -1):
            inputs = activations[index]
            weight_gradient, bias_gradient = self._gradient_layers[index]
            np.matmul(inputs.T, error, out=weight_gradient)
            np.matmul(ones, error, out=bias_gradient)
            if index:
                error = error @ self._layers[index][0].T
                error *= np.sign(inputs)  # 1 where ReLU let them through, else 0


def _views(flat: Floats, sizes: Sequence[int]) -> list[tuple[Floats, Floats]]:
    """Weights and bias of each layer as views into the flat vector."""
    layers = []
    start = 0
    for fan_in, out in itertools.pairwise(sizes):
        bias_start = start + fan_in * out
        layers.append(
            (flat[start:bias_start].reshape(fan_in, out), flat[bias_start : bias_start + out])
        )
        start = bias_start + out
    return layers
