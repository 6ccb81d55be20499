"""A multi-layer perceptron in NumPy: softmax cross-entropy, hand-written backward pass, SGD."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tachograph.demo.data import Images, Labels

Floats = NDArray[np.float32]

# Below this many rows a product with a 64 x 64 matrix stays on one thread in the BLAS that NumPy
# brings; more rows would wake its pool, which then spins on cores that others could use.
_EVALUATION_ROWS = 64


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a model did on a batch or a whole set, averaged over its rows."""

    loss: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class StepOutcome:
    """What one training step saw, before it moved the parameters; computed in float32."""

    loss: float
    accuracy: float
    gradient_norm: float


class Perceptron:
    """Fully connected layers with ReLU between them.

    All parameters lie in one flat vector, as do their gradients, so that the norm and the update
    are single operations; each layer's weights and bias are views into it.
    """

    def __init__(self, sizes: Sequence[int], rng: np.random.Generator) -> None:
        """Layers of `sizes` units, inputs first; weights by He's rule, biases zero."""
        n_parameters = sum(fan_in * out + out for fan_in, out in itertools.pairwise(sizes))
        self.parameters: Floats = np.zeros(n_parameters, dtype=np.float32)
        self.gradients: Floats = np.zeros(n_parameters, dtype=np.float32)
        self._layers = _views(self.parameters, sizes)
        self._gradient_layers = _views(self.gradients, sizes)
        for weights, _bias in self._layers:
            weights[...] = rng.standard_normal(weights.shape) * math.sqrt(2 / len(weights))

    def train_batch(self, images: Images, labels: Labels) -> StepOutcome:
        """Loss, accuracy and gradient norm of a batch; leaves the gradients in `gradients`."""
        activations = self._activations(images)
        logits = activations.pop()
        loss, accuracy, error = _cross_entropy(logits, labels)
        self._backward(activations, error)
        gradient_norm = np.sqrt(self.gradients @ self.gradients)
        return StepOutcome(loss, accuracy, float(gradient_norm))

    def evaluate(self, images: Images, labels: Labels) -> Outcome:
        """Mean loss and accuracy over a whole set."""
        loss = accuracy = 0.0
        for start in range(0, len(images), _EVALUATION_ROWS):
            part = labels[start : start + _EVALUATION_ROWS]
            logits = self._activations(images[start : start + _EVALUATION_ROWS]).pop()
            part_loss, part_accuracy, _error = _cross_entropy(logits, part)
            loss += part_loss * len(part)
            accuracy += part_accuracy * len(part)
        return Outcome(loss / len(images), accuracy / len(images))

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
        """Fills `gradients`, given each layer's inputs and the loss's gradient by the logits."""
        for index in range(len(self._layers) - 1, -1, -1):
            inputs = activations[index]
            weight_gradient, bias_gradient = self._gradient_layers[index]
            np.matmul(inputs.T, error, out=weight_gradient)
            np.add.reduce(error, axis=0, out=bias_gradient)
            if index:
                error = error @ self._layers[index][0].T
                error *= inputs > 0


class Momentum:
    """Stochastic gradient descent with momentum, weight decay and a cosine schedule."""

    def __init__(
        self,
        model: Perceptron,
        *,
        n_steps: int,
        peak_rate: float,
        momentum: float,
        weight_decay: float,
    ) -> None:
        """A schedule that falls from `peak_rate` to almost zero within `n_steps` steps."""
        self._model = model
        self._n_steps = n_steps
        self._peak_rate = peak_rate
        self._momentum = np.float32(momentum)
        self._weight_decay = np.float32(weight_decay)
        self._velocity: Floats = np.zeros_like(model.parameters)

    def rate(self, step: int) -> float:
        """Learning rate of `step`."""
        return 0.5 * self._peak_rate * (1 + math.cos(math.pi * step / self._n_steps))

    def apply(self, step: int) -> float:
        """Moves the parameters by the gradients that the model holds; returns the rate used."""
        rate = self.rate(step)
        model, velocity = self._model, self._velocity
        velocity *= self._momentum
        velocity += model.gradients
        velocity += self._weight_decay * model.parameters
        model.parameters -= np.float32(rate) * velocity
        return rate


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


def _cross_entropy(logits: Floats, labels: Labels) -> tuple[float, float, Floats]:
    """Mean loss, accuracy, and the gradient of the loss by the logits (which it overwrites)."""
    n_rows = len(labels)
    rows = np.arange(n_rows)
    n_right = int(np.count_nonzero(logits.argmax(axis=1) == labels))
    logits -= np.maximum.reduce(logits, axis=1, keepdims=True)
    at_label = logits[rows, labels]
    np.exp(logits, out=logits)
    totals = np.add.reduce(logits, axis=1, keepdims=True)
    loss = float((np.log(totals[:, 0]) - at_label).mean())
    logits /= totals
    logits[rows, labels] -= 1
    logits /= n_rows
    return loss, n_right / n_rows, logits
