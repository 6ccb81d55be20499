"""Confusion matrices among the epochs' metrics, and what they come to for each class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tachograph.curves import Record
from tachograph.plots.history import Split

__all__ = ["Matrices", "matrices_of", "precision_recall"]

_SQUARE: Final = 2


@dataclass(frozen=True, slots=True, eq=False)
class Matrices:
    """The confusion matrices of a run.

    Attributes:
        labels: The epochs that have one.
        counts: As many matrices of one shape, float64[n, k, k]; rows are the true classes.
    """

    labels: NDArray[np.int64]
    counts: NDArray[np.float64]


def matrices_of(run: Record, name: str, split: Split) -> Matrices | None:
    """The matrices of a metric; those of another shape than the last are left out.

    Returns:
        None where the metric holds no square matrix of numbers.
    """
    labels, values = run.get_series(f"{split}/{name}", split)
    found = [
        (label, matrix)
        for label, value in zip(labels, values, strict=True)
        if (matrix := _square(value)) is not None
    ]
    if not found:
        return None
    shape = found[-1][1].shape
    alike = [(label, matrix) for label, matrix in found if matrix.shape == shape]
    return Matrices(
        np.array([label for label, _ in alike], dtype=np.int64),
        np.stack([matrix for _, matrix in alike]),
    )


def precision_recall(
    counts: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Of each class in each matrix; NaN where a class was never predicted, or never there.

    Args:
        counts: float64[n, k, k], rows are the true classes.

    Returns:
        Precision and recall, float64[n, k] each.
    """
    right = np.diagonal(counts, axis1=1, axis2=2)
    with np.errstate(all="ignore"):
        return right / counts.sum(axis=1), right / counts.sum(axis=2)


def _square(value: Any) -> NDArray[np.float64] | None:
    try:
        matrix = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):  # words, ragged lists: no matrix
        return None
    is_square = matrix.ndim == _SQUARE and matrix.shape[0] == matrix.shape[1] and matrix.size
    return matrix if is_square else None
