"""Targets of classification: a class index for each row, or a weight for each row and class."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tachograph.analysis.arrays import fraction, whole_number
from tachograph.exceptions import InvalidArgumentError
from tachograph.nptrain.real_arrays import Floats, as_float64, real_array

__all__ = ["Labels", "class_targets", "class_weights", "smooth_targets"]

Labels = NDArray[np.int64]


def class_targets(targets: Any, n_rows: int, n_classes: int) -> Labels | Floats:
    """The targets in one of two forms, told apart by their number of dimensions.

    Args:
        targets: Class indices [N] or as a column [N, 1], of any integer type or boolean; or
            weights [N, C], one-hot or soft: finite, none negative, and in each row one at least
            above 0. A column of integers is always one of class indices.
        n_rows: N, of the predictions.
        n_classes: C, of the predictions.

    Returns:
        Class indices as int64[N], or weights as float64[N, C].

    Raises:
        InvalidArgumentError: Another shape, a class index outside [0, C), an index that is no
            integer, or weights as above are not.
    """
    array = real_array(targets, "targets")
    integral = array.dtype.kind in "iub"
    if array.shape == (n_rows, 1) and integral:
        array = array[:, 0]
    if array.ndim == 1 and array.shape[0] == n_rows:
        if not integral:
            message = f"targets must be integers to be class indices, not {array.dtype}"
            raise InvalidArgumentError(message, argument="targets")
        return _labels(array, n_classes)
    if array.shape == (n_rows, n_classes):
        return _weights(array)
    message = (
        f"targets must be class indices of shape ({n_rows},) or weights of shape "
        f"({n_rows}, {n_classes}), to go with the predictions; their shape is {array.shape}"
    )
    raise InvalidArgumentError(message, argument="targets")


def class_weights(targets: Labels | Floats, n_classes: int) -> Floats:
    """Targets of either form as weights [N, C]: class indices become one-hot rows."""
    if targets.ndim == 1:
        weights = np.zeros((len(targets), n_classes))
        weights[np.arange(len(targets)), targets] = 1.0
        return weights
    return targets.astype(np.float64, copy=False)


def smooth_targets(targets: Any, num_classes: int, label_smoothing: float) -> Floats:
    """Soft targets that keep ``1 - label_smoothing`` and share the rest among all classes.

    ``(1 - e) * t + e / C``, after Szegedy et al., "Rethinking the Inception Architecture" (2016).

    Args:
        targets: Class indices [N] or weights [N, C], as `cross_entropy_loss` takes them.
        num_classes: C.
        label_smoothing: e, at least 0 and below 1.

    Returns:
        float64[N, C].

    Raises:
        ArgumentTypeError: `num_classes` is no integer, or `label_smoothing` no number.
        InvalidArgumentError: One of them is out of bounds, or the targets are none.

    Example:
        >>> smooth_targets([1], num_classes=2, label_smoothing=0.2)
        array([[0.1, 0.9]])
    """
    num_classes = whole_number(num_classes, "num_classes", at_least=1)
    share = fraction(label_smoothing, "label_smoothing", takes_low=True)
    n_rows = len(np.atleast_1d(real_array(targets, "targets")))
    weights = class_weights(class_targets(targets, n_rows, num_classes), num_classes)
    return (1.0 - share) * weights + share / num_classes


def _labels(array: NDArray[Any], n_classes: int) -> Labels:
    """Class indices, none outside [0, C): a negative one would count from the end."""
    labels: Labels = array.astype(np.int64, copy=False)
    # Seen without its sign, a negative index is a very large one.
    if labels.size and np.maximum.reduce(labels.view(np.uint64)) >= n_classes:
        wrong = array[(array < 0) | (array >= n_classes)]
        message = (
            f"targets must be class indices from 0 to {n_classes - 1}, as there are {n_classes} "
            f"classes; there is {wrong[0]}"
        )
        raise InvalidArgumentError(message, argument="targets")
    return labels


def _weights(array: NDArray[Any]) -> Floats:
    weights = as_float64(array)
    sound = np.isfinite(weights) & (weights >= 0)
    if not sound.all():
        message = f"targets must be finite weights of at least 0; there is {weights[~sound][0]:g}"
        raise InvalidArgumentError(message, argument="targets")
    if not weights.any(axis=1).all():
        row = int(np.flatnonzero(~weights.any(axis=1))[0])
        message = f"targets must give each row a class; row {row} is all zeros"
        raise InvalidArgumentError(message, argument="targets")
    return weights
