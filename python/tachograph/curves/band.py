"""The lowest and the highest value of each stretch of a curve."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Band", "band_of", "means_between"]

# Sums of this and more may be too large for a float.
_LARGE = 1e200


@dataclass(frozen=True, slots=True, eq=False)
class Band:
    """Between which bounds a curve runs, bin by bin.

    Attributes:
        x: The middle of each bin's points, float64, ascending.
        low: The lowest finite value of each bin, NaN where it has none.
        high: The highest.
        mean: The mean of the finite ones.
    """

    x: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    mean: NDArray[np.float64]


def band_of(x: NDArray[Any], y: NDArray[np.float64], n_bins: int) -> Band:
    """The bounds in each of `n_bins` stretches of equal width, without those that hold no point.

    Args:
        x: Finite, ascending.
        y: As many values; those that are not finite take no part.
        n_bins: At least 1. Where there are no more points than this, each is its own bin.
    """
    starts = _starts(x, n_bins)
    if not len(starts):
        none = np.empty(0)
        return Band(none, none, none, none)
    finite = np.isfinite(y)
    known = np.where(finite, y, np.nan)
    stops = np.append(starts[1:], len(x))
    middles = x[starts] / 2 + x[stops - 1] / 2  # halved first: the sum of two labels may overflow
    low, high = np.fmin.reduceat(known, starts), np.fmax.reduceat(known, starts)
    return Band(middles, low, high, means_between(y, starts))


def _starts(x: NDArray[Any], n_bins: int) -> NDArray[np.int64]:
    """The row at which each bin begins."""
    if len(x) <= n_bins:
        return np.arange(len(x))
    first, last = float(x[0]), float(x[-1])
    edges = first + (last - first) * (np.arange(n_bins) / n_bins)
    starts = np.searchsorted(x, edges[1:], side="left")
    return np.unique(np.concatenate(([0], starts[starts < len(x)])))


def means_between(y: NDArray[np.float64], starts: NDArray[np.int64]) -> NDArray[np.float64]:
    """The mean of the finite values from each start to the next; NaN where there are none.

    Args:
        y: At least one value.
        starts: Rows, ascending; the last stretch goes on to the end.
    """
    finite = np.isfinite(y)
    if finite.all():
        values, counts = y, np.diff(starts, append=len(y))
    else:
        values = np.where(finite, y, 0.0)
        counts = np.add.reduceat(finite, starts, dtype=np.int64)
    # Scaled before they are summed: values near the largest float do not overflow.
    scale = max(float(values.max()), -float(values.min()))
    scale = scale if scale > _LARGE else 1.0
    sums = np.add.reduceat(values / scale if scale > 1 else values, starts)
    means: NDArray[np.float64] = np.full(len(starts), np.nan)
    np.divide(sums, counts, out=means, where=counts > 0)
    means *= scale
    return means
