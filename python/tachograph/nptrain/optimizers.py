"""Rules by which a gradient moves the parameters: SGD with momentum, Adam, AdamW.

An optimizer is handed the learning rate at each update, so that any schedule goes with any of
them. It keeps what it remembers by the parameters' names, and serves one model.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tachograph.analysis.arrays import fraction
from tachograph.exceptions import ArgumentTypeError, InvalidArgumentError
from tachograph.nptrain.model_protocol import Parameters, checked_gradients, float_copy
from tachograph.nptrain.real_arrays import named_arrays

__all__ = ["SGD", "Adam", "AdamW", "Optimizer"]

_INF = float("inf")


class Optimizer(Protocol):
    """What `train_step` asks of an optimizer."""

    def update(self, params: Parameters, grads: Parameters, learning_rate: float) -> Parameters:
        """New parameters, in new arrays; neither argument is changed."""


class SGD:
    """Stochastic gradient descent, with momentum if wanted.

    ``v <- momentum * v + g + weight_decay * p;  p <- p - learning_rate * v``, where v starts as the
    first gradient. Without arguments it is the plain rule ``p - learning_rate * g``.
    """

    def __init__(self, momentum: float = 0.0, *, weight_decay: float = 0.0) -> None:
        """Nothing remembered yet.

        Args:
            momentum: What stays of the velocity from step to step, from 0 to below 1.
            weight_decay: Strength of the pull of all parameters to 0, at least 0.

        Raises:
            ArgumentTypeError: An argument is no number.
            InvalidArgumentError: An argument is out of bounds.
        """
        self._momentum = fraction(momentum, "momentum", takes_low=True)
        self._weight_decay = fraction(weight_decay, "weight_decay", high=_INF, takes_low=True)
        self._velocity: Parameters = {}

    def update(self, params: Parameters, grads: Parameters, learning_rate: float) -> Parameters:
        """The parameters after a step.

        Raises:
            ArgumentTypeError: `params` is no mapping, or the rate no number.
            InvalidArgumentError: The rate is below 0; parameters and gradients do not go with each
                other; or this has served another model.
        """
        params, grads, learning_rate = _checked(params, grads, learning_rate)
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            return {
                name: self._moved(name, array, grads[name], learning_rate)
                for name, array in _floats(params).items()
            }

    def _moved(
        self, name: str, array: NDArray[Any], grad: NDArray[Any], learning_rate: float
    ) -> NDArray[Any]:
        step = grad
        if self._momentum:
            step = self._velocity[name] = self._accelerated(name, array, grad)
        elif self._weight_decay:
            step = grad + self._weight_decay * array
        moved: NDArray[Any] = np.asarray(learning_rate * step)
        if moved.dtype != array.dtype:
            return _typed(array - moved, array)
        np.subtract(array, moved, out=moved)
        return moved

    def _accelerated(self, name: str, array: NDArray[Any], grad: NDArray[Any]) -> NDArray[Any]:
        velocity = _remembered(self._velocity, name, array)
        if velocity is None:
            velocity = float_copy(grad)
        else:
            velocity *= self._momentum
            velocity += grad
        if self._weight_decay:
            velocity += self._weight_decay * array
        return velocity


class Adam:
    """Steps of about the learning rate for each scalar, whatever the size of its gradient.

    Kingma and Ba, "Adam: a method for stochastic optimization" (2015)::

        g <- g + weight_decay * p
        m <- beta1 * m + (1 - beta1) * g        v <- beta2 * v + (1 - beta2) * g ** 2
        p <- p - learning_rate * (m / (1 - beta1 ** t)) / (sqrt(v / (1 - beta2 ** t)) + epsilon)
    """

    def __init__(
        self,
        betas: tuple[float, float] = (0.9, 0.999),
        epsilon: float = 1e-8,
        *,
        weight_decay: float = 0.0,
    ) -> None:
        """Nothing remembered yet.

        Args:
            betas: beta1 and beta2: what stays of the means of g and of its square from step to
                step, each from 0 to below 1.
            epsilon: Added to the root, above 0.
            weight_decay: Strength of the pull of all parameters to 0, at least 0.

        Raises:
            ArgumentTypeError: `betas` is no pair, or an argument no number.
            InvalidArgumentError: An argument is out of bounds.
        """
        self._betas = _two_fractions(betas, "betas")
        self._epsilon = fraction(epsilon, "epsilon", high=_INF)
        self._weight_decay = fraction(weight_decay, "weight_decay", high=_INF, takes_low=True)
        self._means: Parameters = {}
        self._squares: Parameters = {}
        self._n_updates = 0

    def update(self, params: Parameters, grads: Parameters, learning_rate: float) -> Parameters:
        """The parameters after a step.

        Raises:
            ArgumentTypeError: `params` is no mapping, or the rate no number.
            InvalidArgumentError: The rate is below 0; parameters and gradients do not go with each
                other; or this has served another model.
        """
        params, grads, learning_rate = _checked(params, grads, learning_rate)
        self._n_updates += 1
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            return {
                name: _typed(self._moved(name, array, grads[name], learning_rate), array)
                for name, array in _floats(params).items()
            }

    def _moved(
        self, name: str, array: NDArray[Any], grad: NDArray[Any], learning_rate: float
    ) -> NDArray[Any]:
        if self._weight_decay:
            grad = grad + self._weight_decay * array
        return array - learning_rate * self._direction(name, array, grad)

    def _direction(self, name: str, array: NDArray[Any], grad: NDArray[Any]) -> NDArray[Any]:
        """The means' ratio, each corrected for having started at 0."""
        beta1, beta2 = self._betas
        mean = _remembered(self._means, name, array)
        square = _remembered(self._squares, name, array)
        mean = (1.0 - beta1) * grad + (0.0 if mean is None else beta1 * mean)
        square = (1.0 - beta2) * np.square(grad) + (0.0 if square is None else beta2 * square)
        self._means[name], self._squares[name] = mean, square
        unbiased_mean = mean / (1.0 - beta1**self._n_updates)
        unbiased_square = square / (1.0 - beta2**self._n_updates)
        ratio: NDArray[Any] = unbiased_mean / (np.sqrt(unbiased_square) + self._epsilon)
        return ratio


class AdamW(Adam):
    """Adam whose weight decay acts on the parameters themselves, not through the means.

    ``p <- p - learning_rate * weight_decay * p`` before Adam's step; Loshchilov and Hutter,
    "Decoupled weight decay regularization" (2019).
    """

    def __init__(
        self,
        betas: tuple[float, float] = (0.9, 0.999),
        epsilon: float = 1e-8,
        *,
        weight_decay: float = 0.01,
    ) -> None:
        """Nothing remembered yet; the arguments are Adam's."""
        super().__init__(betas, epsilon, weight_decay=weight_decay)

    def _moved(
        self, name: str, array: NDArray[Any], grad: NDArray[Any], learning_rate: float
    ) -> NDArray[Any]:
        decayed = array * (1.0 - learning_rate * self._weight_decay)
        return decayed - learning_rate * self._direction(name, array, grad)


def _two_fractions(values: Any, argument: str) -> tuple[float, float]:
    """Two numbers, each from 0 to below 1.

    Raises:
        ArgumentTypeError: They are no pair of numbers.
        InvalidArgumentError: One of them is out of bounds.
    """
    if not isinstance(values, tuple | list) or len(values) != 2:  # noqa: PLR2004 -- a pair
        came = (
            f"{len(values)} of them" if isinstance(values, tuple | list) else type(values).__name__
        )
        message = f"{argument} must be a pair of floats, not {came}"
        raise ArgumentTypeError(message, argument=argument)
    first, second = (
        fraction(value, f"{argument}[{index}]", takes_low=True)
        for index, value in enumerate(values)
    )
    return first, second


def _checked(params: Any, grads: Any, learning_rate: Any) -> tuple[Parameters, Parameters, float]:
    """What `update` is given, once it goes together."""
    arrays = named_arrays(params, "params")
    rate = fraction(learning_rate, "learning_rate", high=_INF, takes_low=True)
    return arrays, checked_gradients(grads, arrays, "grads"), rate


def _floats(params: Parameters) -> Parameters:
    """The parameters, those of integers as float64."""
    return {
        name: array if array.dtype.kind == "f" else float_copy(array)
        for name, array in params.items()
    }


def _typed(moved: NDArray[Any], array: NDArray[Any]) -> NDArray[Any]:
    """In the parameter's own type: gradients may be in a wider one."""
    return np.asarray(moved, dtype=array.dtype)  # of a single number NumPy makes a scalar


def _remembered(memory: Parameters, name: str, array: NDArray[Any]) -> NDArray[Any] | None:
    """What is remembered of a parameter; None before its first step.

    Raises:
        InvalidArgumentError: It belongs to a parameter of another shape, so to another model.
    """
    found = memory.get(name)
    if found is not None and found.shape != array.shape:
        message = (
            f"optimizer has seen {name!r} with shape {found.shape}, not {array.shape}: each model "
            "needs one of its own"
        )
        raise InvalidArgumentError(message, argument="optimizer")
    return found
