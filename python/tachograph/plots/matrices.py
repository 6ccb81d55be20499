"""Confusion matrices among the epochs' metrics, and what they come to for each class."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tachograph.curves import Record
from tachograph.overview.confusion_matrices import Matrices, stacked
from tachograph.plots.history import Split

__all__ = ["Matrices", "matrices_of", "precision_recall"]


def matrices_of(run: Record, name: str, split: Split) -> Matrices | None:
    """The matrices of a metric; those of another shape than the last are left out.

    Returns:
        None where the metric holds no square matrix of numbers.
    """
    labels, values = run.get_series(f"{split}/{name}", split)
    return stacked(zip(labels, values, strict=True))


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
