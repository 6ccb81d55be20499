"""One step of training, and the evaluation of a model."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tachograph.analysis.arrays import fraction
from tachograph.exceptions import InvalidArgumentError
from tachograph.nptrain.batches import create_batches, paired_arrays
from tachograph.nptrain.class_targets import smooth_targets
from tachograph.nptrain.clipping import clip_gradients, global_norm
from tachograph.nptrain.gradients import (
    BatchGradients,
    Gradient,
    averaged,
    chosen_way,
    gradients_of,
)
from tachograph.nptrain.losses import logit_rows
from tachograph.nptrain.model_protocol import Model, Parameters, check_methods, parameters_of
from tachograph.nptrain.objectives import objective
from tachograph.nptrain.optimizers import SGD, Optimizer
from tachograph.nptrain.sample_means import sample_mean
from tachograph.nptrain.seeding import Seed, generator
from tachograph.nptrain.step_arguments import checked_step

__all__ = ["evaluate", "train_step"]


def train_step(
    model: Model,
    X_batch: Any,
    y_batch: Any,
    learning_rate: float = 0.001,
    clip_norm: float | None = 5.0,
    task: str = "classification",
    *,
    gradient: Gradient = "auto",
    optimizer: Optimizer | None = None,
    label_smoothing: float = 0.0,
    accumulation_steps: int = 1,
    rng: Seed = None,
) -> tuple[float, float, float]:
    """Moves a model's parameters once, against the gradient of a batch's loss.

    The model is given new arrays; such as `get_params` gave out before keep their values.

    Args:
        model: Anything with `forward`, `get_params` and `set_params`.
        X_batch: Inputs, [B, T, I] for the package's own models.
        y_batch: Targets, as the task's loss takes them.
        learning_rate: At least 0.
        clip_norm: The largest global norm of the gradients to step with; None for no bound.
        task: ``"classification"`` (cross-entropy of logits) or ``"regression"`` (mean squared
            error).
        gradient: ``"exact"``: by the model's own ``loss_and_grads(X, y, task)``; ``"numerical"``:
            by central differences; ``"fast"``: estimated from random directions; ``"auto"``: exact
            where the model can, else numerical for up to 200 scalars, else fast.
        optimizer: What turns gradients into a step; None for plain gradient descent.
        label_smoothing: Part of each target's weight that is shared among all classes, from 0 to
            below 1; for classification. The reported loss is that of the smoothed targets.
        accumulation_steps: Parts into which the batch is cut; their gradients are averaged before
            the step, which is then that of the whole batch in a fraction of the memory.
        rng: A seed or a generator for the directions of ``"fast"``.

    Returns:
        The batch's loss and metric (accuracy, or the negative loss of regression), both before
        the step, and the gradients' global norm before clipping.

    Raises:
        NonFiniteGradientError: A gradient holds NaN or an infinity; the parameters are untouched.
        ArgumentTypeError: An argument has the wrong type.
        InvalidArgumentError: An argument is out of bounds, or data, targets and outputs do not go
            with each other.
    """
    inputs, targets = paired_arrays(X_batch, y_batch, ("X_batch", "y_batch"))
    if not len(inputs):
        raise InvalidArgumentError("X_batch must have samples; it is empty", argument="X_batch")
    rate = fraction(learning_rate, "learning_rate", high=math.inf, takes_low=True)
    asked = checked_step(
        model,
        task,
        clip_norm=clip_norm,
        optimizer=optimizer,
        label_smoothing=label_smoothing,
        accumulation_steps=accumulation_steps,
    )
    if asked.label_smoothing:
        targets = smoothed(model, inputs, targets, asked.label_smoothing)
    params = parameters_of(model)
    way = chosen_way(model, params, gradient)
    # One generator for all parts; making one is not free, and only estimates draw from it.
    directions = None if rng is None and way != "fast" else generator(rng)
    batch = averaged(
        [
            gradients_of(model, X, y, task, way=way, params=params, rng=directions)
            for X, y in _parts(inputs, targets, asked.n_parts)
        ]
    )
    grads, norm = _clipped(batch, asked.max_norm)
    model.set_params((SGD() if optimizer is None else optimizer).update(params, grads, rate))
    return batch.loss, batch.metric, norm


def evaluate(
    model: Model,
    X_test: Any,
    y_test: Any,
    task: str = "classification",
    batch_size: int = 32,
) -> tuple[float, float]:
    """Mean loss and metric of a data set; the parameters stay as they are.

    Args:
        model: Anything with `forward`.
        X_test: Inputs, samples along the first axis.
        y_test: Targets, as many.
        task: ``"classification"`` or ``"regression"``.
        batch_size: Samples a forward pass; the result does not depend on it.

    Returns:
        Loss and metric (accuracy, or the negative loss of regression), means over the samples.

    Raises:
        ArgumentTypeError: The model has no `forward`, or `batch_size` is no integer.
        InvalidArgumentError: There are no samples, the task is unknown, or data, targets and
            outputs do not go with each other.
    """
    check_methods(model, "model", ("forward",))
    aim = objective(task)
    inputs, targets = paired_arrays(X_test, y_test, ("X_test", "y_test"))
    if not len(inputs):
        raise InvalidArgumentError("X_test must have samples; it is empty", argument="X_test")
    losses, metrics, counts = [], [], []
    for X, y in create_batches(inputs, targets, batch_size, shuffle=False):
        outputs = model.forward(X, return_sequences=False)
        loss, metric = aim.loss_and_metric(outputs, y)
        losses.append(loss)
        metrics.append(metric)
        counts.append(len(X))
    return sample_mean(losses, counts), sample_mean(metrics, counts)


def smoothed(
    model: Model, inputs: NDArray[Any], targets: NDArray[Any], label_smoothing: float
) -> NDArray[Any]:
    """Soft targets; how many classes there are is told by the model's outputs for one sample."""
    outputs = logit_rows(model.forward(inputs[:1], return_sequences=False))
    return smooth_targets(targets, outputs.shape[-1], label_smoothing)


def _parts(
    inputs: NDArray[Any], targets: NDArray[Any], n_parts: int
) -> list[tuple[NDArray[Any], NDArray[Any]]]:
    """The batch in parts of about equal size, none of them empty."""
    if n_parts == 1:
        return [(inputs, targets)]
    n_parts = min(n_parts, len(inputs))
    return list(zip(np.array_split(inputs, n_parts), np.array_split(targets, n_parts), strict=True))


def _clipped(batch: BatchGradients, max_norm: float | None) -> tuple[Parameters, float]:
    if max_norm is None:
        return batch.grads, global_norm(batch.grads)
    return clip_gradients(batch.grads, max_norm)
