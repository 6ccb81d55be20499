"""A batch's loss, metric and gradients, by the way that the model allows or the caller chose."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tachograph.analysis.arrays import one_of
from tachograph.exceptions import InvalidArgumentError
from tachograph.nptrain import numerical_gradients
from tachograph.nptrain.model_protocol import (
    Model,
    Parameters,
    checked_gradients,
    has_exact_gradients,
)
from tachograph.nptrain.objectives import objective
from tachograph.nptrain.real_arrays import single_number
from tachograph.nptrain.sample_means import sample_mean
from tachograph.nptrain.seeding import Seed

__all__ = ["BatchGradients", "Gradient", "Way", "averaged", "chosen_way", "gradients_of"]

Gradient = Literal["auto", "exact", "numerical", "fast"]
Way = Literal["exact", "numerical", "fast"]

# Up to so many scalars, two forward passes for each are cheap enough to be worth their exactness.
_FEW_SCALARS = 200


class BatchGradients(NamedTuple):
    """What a step needs to know of a batch, at the parameters before the step."""

    loss: float
    metric: float
    grads: Parameters
    n_samples: int


def chosen_way(model: Model, params: Parameters, gradient: str) -> Way:
    """How to take the gradients of a model.

    Args:
        model: The model.
        params: Its parameters.
        gradient: ``"exact"``: by the model's own `loss_and_grads`; ``"numerical"``: scalar by
            scalar; ``"fast"``: estimated from a random direction; ``"auto"``: the first of them
            where the model has it, else the second for models of up to 200 scalars, else the third.

    Raises:
        InvalidArgumentError: Another word, or ``"exact"`` for a model that has none.
    """
    one_of(gradient, "gradient", ("auto", "exact", "numerical", "fast"))
    if gradient == "numerical":
        return "numerical"
    if gradient == "fast":
        return "fast"
    if has_exact_gradients(model):
        return "exact"
    if gradient == "exact":
        message = (
            f"gradient='exact' needs a model with loss_and_grads(X, y, task), which "
            f"{type(model).__name__} lacks"
        )
        raise InvalidArgumentError(message, argument="gradient")
    return "numerical" if sum(map(np.size, params.values())) <= _FEW_SCALARS else "fast"


def gradients_of(
    model: Model,
    X: NDArray[Any],
    y: NDArray[Any],
    task: str,
    *,
    way: Way,
    params: Parameters,
    rng: Seed,
) -> BatchGradients:
    """Loss, metric and gradients of a batch.

    Raises:
        ArgumentTypeError: The model's loss or metric is no number.
        InvalidArgumentError: The model's gradients do not go with its parameters.
    """
    if way == "exact" and has_exact_gradients(model):
        told: Any = model.loss_and_grads(X, y, task)
        if not isinstance(told, tuple | list) or len(told) != 3:  # noqa: PLR2004 -- a triple
            came = type(told).__name__
            if isinstance(told, tuple | list):
                came += f" of {len(told)}"
            message = f"model.loss_and_grads() must give (loss, metric, gradients), not {came}"
            raise InvalidArgumentError(message, argument="model")
        return BatchGradients(
            single_number(told[0], "the loss of model.loss_and_grads()"),
            single_number(told[1], "the metric of model.loss_and_grads()"),
            checked_gradients(told[2], params),
            len(X),
        )
    aim = objective(task)
    outputs = model.forward(X, return_sequences=False)
    loss, metric = aim.loss_and_metric(outputs, y)
    if way == "numerical":
        grads = numerical_gradients.compute_numerical_gradient(model, X, y, aim.loss)
    else:
        grads = numerical_gradients.compute_numerical_gradient_fast(model, X, y, aim.loss, rng=rng)
    return BatchGradients(loss, metric, checked_gradients(grads, params), len(X))


def averaged(parts: list[BatchGradients]) -> BatchGradients:
    """Parts of one batch as the whole of it: means weighted by their samples."""
    if len(parts) == 1:
        return parts[0]
    counts = [part.n_samples for part in parts]
    n_samples = sum(counts)
    shares = [count / n_samples for count in counts]
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        grads = {
            name: sum(share * part.grads[name] for share, part in zip(shares, parts, strict=True))
            for name in parts[0].grads
        }
    return BatchGradients(
        sample_mean([part.loss for part in parts], counts),
        sample_mean([part.metric for part in parts], counts),
        {name: np.asarray(array) for name, array in grads.items()},
        n_samples,
    )
