"""Losses and metrics of a batch: cross-entropy, mean squared error, softmax, accuracy.

Everything is computed in float64, whatever comes in. Predictions that are NaN or infinite are no
error: a model that diverged has a loss, and it is NaN or infinite. Targets must be sound.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tachograph.analysis.arrays import flag, fraction
from tachograph.exceptions import InvalidArgumentError
from tachograph.nptrain.class_targets import class_targets, class_weights, smooth_targets
from tachograph.nptrain.cross_entropy import CrossEntropy, hit_rate, quiet, softmax_rows
from tachograph.nptrain.real_arrays import Floats, as_float64, mean, real_array

__all__ = [
    "accuracy",
    "cross_entropy_loss",
    "logit_rows",
    "mse_loss",
    "residuals",
    "softmax",
    "squared_error",
]

_N_AXES = 2  # samples, classes
# Probabilities below this count as this: the loss of a certain mistake is large, not infinite.
_SMALLEST_PROBABILITY = 1e-12
_ROUNDING = 1e-6  # how far float32 sums may carry a probability beyond 1


def cross_entropy_loss(
    predictions: Any, targets: Any, *, from_logits: bool = True, label_smoothing: float = 0.0
) -> float:
    """Mean cross-entropy of a batch, in nats a sample.

    ``mean over rows of sum_c t_c * (logsumexp(z) - z_c)``, exact for logits of any size.

    Args:
        predictions: Logits [N, C], any real type. A logit of -inf is a class that is ruled out.
        targets: Class indices [N] or [N, 1] (integers), or weights [N, C] (one-hot or soft).
        from_logits: False for predictions that are probabilities already (a softmax's output);
            those below 1e-12 count as 1e-12.
        label_smoothing: Part of each target's weight that is shared among all classes, from 0 to
            below 1.

    Returns:
        The loss; NaN where a logit is NaN or +inf.

    Raises:
        ArgumentTypeError: `label_smoothing` is no number, or `from_logits` no bool.
        InvalidArgumentError: No rows, shapes that do not fit each other, a row of logits that are
            all -inf, a class index that is no integer or outside [0, C), targets that are no
            weights, probabilities outside [0, 1].

    Example:
        >>> round(cross_entropy_loss([[2.0, 0.0], [0.0, 2.0]], [0, 1]), 4)
        0.1269
    """
    as_logits = flag(from_logits, "from_logits")
    scores = logit_rows(predictions)
    aims = class_targets(targets, *scores.shape)
    if fraction(label_smoothing, "label_smoothing", takes_low=True):
        aims = smooth_targets(aims, scores.shape[1], label_smoothing)
    with quiet():
        if as_logits:
            return CrossEntropy(scores, aims).loss
        logs = _log_probabilities(scores)
        return mean(-(class_weights(aims, scores.shape[1]) * logs).sum(axis=1))


def mse_loss(predictions: Any, targets: Any) -> float:
    """Mean squared error over all elements, in the targets' unit squared.

    Args:
        predictions: Real numbers of any shape.
        targets: Real numbers of the same shape; nothing is broadcast.

    Returns:
        The loss; NaN where an element of either is NaN.

    Raises:
        InvalidArgumentError: The shapes differ, or there are no elements.

    Example:
        >>> mse_loss([[1, 2], [3, 4]], [[0, 0], [0, 0]])
        7.5
    """
    return squared_error(residuals(predictions, targets))


def softmax(logits: Any) -> NDArray[np.float64]:
    """Probabilities over the last axis, float64 of the logits' shape.

    Args:
        logits: Real numbers with at least one dimension. -inf gives a probability of 0.

    Returns:
        Numbers that sum to 1 over the last axis; NaN all along where a logit is NaN or +inf.

    Raises:
        InvalidArgumentError: A single number, an empty last axis, or a row that is all -inf.

    Example:
        >>> softmax([0.0, 0.0, -np.inf])
        array([0.5, 0.5, 0. ])
    """
    array = real_array(logits, "logits")
    if array.ndim == 0 or array.shape[-1] == 0:
        message = f"logits must have classes along a last axis; their shape is {array.shape}"
        raise InvalidArgumentError(message, argument="logits")
    return softmax_rows(as_float64(array), "logits")


def accuracy(predictions: Any, targets: Any) -> float:
    """Fraction of rows whose largest prediction is at the target's class, from 0 to 1.

    Args:
        predictions: Logits or probabilities [N, C]. Of equal ones the first class counts; a row
            with a NaN is wrong.
        targets: As for `cross_entropy_loss`; of weights the largest counts, the first of equals.

    Raises:
        InvalidArgumentError: As for `cross_entropy_loss`.

    Example:
        >>> accuracy([[0.9, 0.1], [0.8, 0.2]], [0, 1])
        0.5
    """
    scores = logit_rows(predictions)
    return hit_rate(scores, class_targets(targets, *scores.shape))


def logit_rows(predictions: Any) -> Floats:
    """Predictions as float64[N, C], with neither of the two 0."""
    array = real_array(predictions, "predictions")
    if array.ndim != _N_AXES or not array.size:
        message = (
            "predictions must have the shape (samples, classes), one of each at least; "
            f"their shape is {array.shape}"
        )
        raise InvalidArgumentError(message, argument="predictions")
    return as_float64(array)


def residuals(predictions: Any, targets: Any) -> Floats:
    """``predictions - targets`` in float64, where an unsigned integer cannot wrap."""
    outputs, aims = real_array(predictions, "predictions"), real_array(targets, "targets")
    if outputs.shape != aims.shape:
        message = (
            f"targets must have the predictions' shape {outputs.shape}, as nothing is broadcast; "
            f"theirs is {aims.shape}"
        )
        raise InvalidArgumentError(message, argument="targets")
    if not outputs.size:
        message = f"predictions must have elements; their shape is {outputs.shape}"
        raise InvalidArgumentError(message, argument="predictions")
    with quiet():
        return np.subtract(as_float64(outputs), as_float64(aims))


def squared_error(differences: Floats) -> float:
    """The mean square of what `residuals` gave; inf where it is beyond float64."""
    with quiet():
        return mean(np.square(differences))


def _log_probabilities(probabilities: Floats) -> Floats:
    outside = (probabilities < 0) | (probabilities > 1 + _ROUNDING)
    if outside.any():
        message = (
            "predictions must lie in [0, 1] to be probabilities, and there is "
            f"{probabilities[outside][0]:g}; with logits, from_logits=True"
        )
        raise InvalidArgumentError(message, argument="predictions")
    return np.log(np.clip(probabilities, _SMALLEST_PROBABILITY, 1.0))
