"""The lowest and the highest value of each stretch of a curve."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Band", "band_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Band:
    """Between which bounds a curve runs, bin by bin.

    Attributes:
        x: The middle of each bin's points, float64, ascending.
        low: The lowest finite value of each bin, NaN where it has none.
        high: The highest.
    """

    x: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


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
        return Band(none, none, none)
    known = np.where(np.isfinite(y), y, np.nan)
    stops = np.append(starts[1:], len(x))
    middles = x[starts] / 2 + x[stops - 1] / 2  # halved first: the sum of two labels may overflow
    return Band(middles, np.fmin.reduceat(known, starts), np.fmax.reduceat(known, starts))


def _starts(x: NDArray[Any], n_bins: int) -> NDArray[np.int64]:
    """The row at which each bin begins."""
    if len(x) <= n_bins:
        return np.arange(len(x))
    first, last = float(x[0]), float(x[-1])
    edges = first + (last - first) * (np.arange(n_bins) / n_bins)
    starts = np.searchsorted(x, edges[1:], side="left")
    return np.unique(np.concatenate(([0], starts[starts < len(x)])))
