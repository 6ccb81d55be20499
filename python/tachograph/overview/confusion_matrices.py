"""Confusion matrices of the epochs: counts, rows the true classes, columns the predicted ones."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["Matrices", "square_matrix", "stacked"]

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


def stacked(epochs: Iterable[tuple[int, Any]]) -> Matrices | None:
    """The matrices among the values of a metric; those of another shape than the last are left out.

    Args:
        epochs: The label of each epoch, and the metric's value there.

    Returns:
        None where no value is a square matrix of numbers.
    """
    found = [
        (label, matrix) for label, value in epochs if (matrix := square_matrix(value)) is not None
    ]
    if not found:
        return None
    shape = found[-1][1].shape
    alike = [(label, matrix) for label, matrix in found if matrix.shape == shape]
    return Matrices(
        np.array([label for label, _ in alike], dtype=np.int64),
        np.stack([matrix for _, matrix in alike]),
    )


def square_matrix(value: Any) -> NDArray[np.float64] | None:
    """The value as float64[k, k]; None where it is no square matrix of numbers."""
    try:
        matrix = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):  # words, ragged lists, endless integers
        return None
    is_square = matrix.ndim == _SQUARE and matrix.shape[0] == matrix.shape[1] and matrix.size
    return matrix if is_square else None
