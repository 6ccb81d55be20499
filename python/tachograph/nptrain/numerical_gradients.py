"""Gradients from losses alone: for each scalar by central differences, or estimated at random."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tachograph.analysis.arrays import fraction, whole_number
from tachograph.nptrain.model_protocol import Model
from tachograph.nptrain.perturbation import LossFunction, PerturbedLoss, perturbed
from tachograph.nptrain.real_arrays import Floats
from tachograph.nptrain.seeding import Seed, generator

__all__ = ["compute_numerical_gradient", "compute_numerical_gradient_fast"]


def compute_numerical_gradient(
    model: Model, X_batch: Any, y_batch: Any, loss_fn: LossFunction, epsilon: float = 1e-5
) -> dict[str, NDArray[np.float64]]:
    """The gradient by central differences, scalar by scalar: slow, but right for any model.

    ``(f(x + e) - f(x - e)) / (2 e)``, two forward passes for each scalar of each parameter. The
    error is of the order of ``e ** 2``, and of the loss's rounding divided by e.

    Args:
        model: Anything with `forward`, `get_params` and `set_params`. It has the very parameters
            afterwards that it had before, also where something was raised.
        X_batch: Inputs, handed to ``model.forward(X_batch, return_sequences=False)``.
        y_batch: Targets.
        loss_fn: Called with the outputs and `y_batch`; the loss.
        epsilon: e, above 0; for parameters beyond 1 it is relative to them. Parameters that the
            model keeps in float32 take 0.005 at least.

    Returns:
        float64 arrays of the parameters' shapes by their names.

    Raises:
        ArgumentTypeError: The model lacks a method, `loss_fn` is no function or gives no number,
            or `epsilon` is none.
        InvalidArgumentError: It is not above 0, or the model keeps parameters as integers.
    """
    epsilon = fraction(epsilon, "epsilon", high=float("inf"))
    with perturbed(model, X_batch, y_batch, loss_fn) as loss:
        return {name: _by_element(loss, name, epsilon) for name in loss.values}


def compute_numerical_gradient_fast(
    model: Model,
    X_batch: Any,
    y_batch: Any,
    loss_fn: LossFunction,
    epsilon: float = 1e-5,
    *,
    num_samples: int = 1,
    rng: Seed = None,
) -> dict[str, NDArray[np.float64]]:
    """An unbiased estimate of the gradient from a few random directions.

    For each parameter ``(f(x + e z) - f(x - e z)) / (2 e) * z`` with each element of z -1 or 1 at
    random, averaged over the samples: simultaneous perturbation, after Spall (1992). Two forward
    passes for each parameter array and sample, however many scalars it has. Its mean is the
    gradient; a scalar's variance is the sum of the squares of the other scalars' gradients,
    divided by the number of samples, so that the estimate is rough, and longer than the gradient.

    Args:
        model: As for `compute_numerical_gradient`.
        X_batch: Likewise.
        y_batch: Likewise.
        loss_fn: Likewise.
        epsilon: Likewise.
        num_samples: Directions to average over, at least 1.
        rng: A seed or a generator for them; None for others every time.

    Returns:
        float64 arrays of the parameters' shapes by their names.

    Raises:
        ArgumentTypeError: An argument has the wrong type.
        InvalidArgumentError: An argument is out of bounds, or the model keeps parameters as
            integers.
    """
    epsilon = fraction(epsilon, "epsilon", high=float("inf"))
    num_samples = whole_number(num_samples, "num_samples", at_least=1)
    directions = generator(rng)
    with perturbed(model, X_batch, y_batch, loss_fn) as loss:
        return {
            name: _by_direction(loss, name, epsilon, num_samples, directions)
            for name in loss.values
        }


def _by_element(loss: PerturbedLoss, name: str, epsilon: float) -> Floats:
    values, steps = loss.values[name], loss.steps(name, epsilon)
    gradient = np.empty_like(values)
    for index in np.ndindex(values.shape):
        center, step = float(values[index]), float(steps[index])
        values[index] = center + step
        above, upper = loss(), loss.kept(name, center + step)
        values[index] = center - step
        below, lower = loss(), loss.kept(name, center - step)
        values[index] = center
        gradient[index] = (above - below) / (upper - lower)
    return gradient


def _by_direction(
    loss: PerturbedLoss, name: str, epsilon: float, num_samples: int, rng: np.random.Generator
) -> Floats:
    center, steps = loss.values[name], loss.steps(name, epsilon)
    total = np.zeros_like(center)
    for _ in range(num_samples):
        signs = rng.integers(0, 2, size=center.shape) * 2.0 - 1.0
        move = steps * signs
        loss.values[name] = np.asarray(center + move)
        above = loss()
        loss.values[name] = np.asarray(center - move)
        below = loss()
        # A step of its own for each scalar: each divides by its own, which keeps the mean right.
        with np.errstate(over="ignore", invalid="ignore"):
            total += (above - below) / 2.0 / move
    loss.values[name] = center
    return np.asarray(total / num_samples)
