"""A column in one pass: its ends, its extremes, what is not finite, and its shape in few points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["N_BINS", "Course", "course_of"]

N_BINS = 2048
"""Into how many stretches a long column is cut at most; a terminal has fewer characters by far."""

_Numbers = NDArray[np.float64] | NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """What one pass over a column says.

    Attributes:
        n: How many values there are.
        first: The value logged first; None where there is none.
        last: The value logged last.
        low: The least finite value; None where none is finite.
        high: The greatest finite value.
        n_not_finite: How many values are NaN or infinite.
        first_not_finite: The label of the first of them; None where there is none.
        last_not_finite: The label of the last of them.
        rows_per_bin: How many values each bin has; the last one may have fewer.
        labels: int64[k], the label at which each bin begins.
        last_label: The label of the last value; None where there is none.
        means: float64[k], the mean of each bin's finite values; NaN where none is.
        lows: float64[k], the least of them.
        highs: float64[k], the greatest of them.
    """

    n: int
    first: float | int | None
    last: float | int | None
    low: float | int | None
    high: float | int | None
    n_not_finite: int
    first_not_finite: int | None
    last_not_finite: int | None
    rows_per_bin: int
    labels: NDArray[np.int64]
    last_label: int | None
    means: NDArray[np.float64]
    lows: NDArray[np.float64]
    highs: NDArray[np.float64]


def course_of(labels: NDArray[np.int64], values: _Numbers, *, n_bins: int = N_BINS) -> Course:
    """Reads a column once.

    Args:
        labels: The step or epoch of each value, in log order.
        values: The values.
        n_bins: Into how many stretches of equal length it is cut at most.
    """
    n = len(values)
    rows_per_bin = max(1, -(-n // n_bins))
    series = np.asarray(values, dtype=np.float64)
    lows, highs = (_by_bin(fold, series, rows_per_bin) for fold in (np.minimum, np.maximum))
    with np.errstate(over="ignore", invalid="ignore"):
        means = _by_bin(np.add, series, rows_per_bin) / _bin_lengths(n, rows_per_bin)
    lost = np.empty(0, dtype=np.int64)
    # Minimum and maximum pass NaN on and show infinities, so that bins without either are finite.
    if not (np.isfinite(lows).all() and np.isfinite(highs).all() and np.isfinite(means).all()):
        finite = np.isfinite(series)
        lost = np.flatnonzero(~finite)
        lows, means, highs = _folded(series, finite, rows_per_bin)
    whole = values.dtype.kind == "i"
    # Of integers the exact ones: as floats, those beyond 2**53 may be others.
    low, high = (values.min(), values.max()) if whole and n else _extremes(lows, highs)
    return Course(
        n=n,
        first=_scalar(values[0], whole=whole) if n else None,
        last=_scalar(values[-1], whole=whole) if n else None,
        low=None if low is None else _scalar(low, whole=whole),
        high=None if high is None else _scalar(high, whole=whole),
        n_not_finite=len(lost),
        first_not_finite=int(labels[lost[0]]) if len(lost) else None,
        last_not_finite=int(labels[lost[-1]]) if len(lost) else None,
        rows_per_bin=rows_per_bin,
        labels=labels[::rows_per_bin],
        last_label=int(labels[-1]) if n else None,
        means=means,
        lows=lows,
        highs=highs,
    )


def _by_bin(fold: np.ufunc, series: NDArray[np.float64], rows: int) -> NDArray[np.float64]:
    """Folds each bin; as rows of a table where they are whole, which is several times faster."""
    whole = len(series) // rows * rows
    folded: NDArray[np.float64] = fold.reduce(series[:whole].reshape(-1, rows), axis=1)
    if whole == len(series):
        return folded
    return np.append(folded, fold.reduce(series[whole:]))


def _bin_lengths(n: int, rows: int) -> NDArray[np.int64]:
    lengths = np.full(-(-n // rows), rows, dtype=np.int64)
    if n % rows:
        lengths[-1] = n % rows
    return lengths


def _folded(
    series: NDArray[np.float64], finite: NDArray[np.bool_], rows: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Lows, means and highs of the finite values of each bin, NaN where it has none."""
    lows = _by_bin(np.minimum, np.where(finite, series, np.inf), rows)
    highs = _by_bin(np.maximum, np.where(finite, series, -np.inf), rows)
    counts = _by_bin(np.add, finite.astype(np.float64), rows)
    # Scaled before they are summed: values near the largest float do not overflow.
    scale = float(np.max(np.abs(series), where=finite, initial=0.0)) or 1.0
    sums = _by_bin(np.add, np.where(finite, series, 0.0) / scale, rows)
    means = np.divide(sums, counts, out=np.full(len(sums), np.nan), where=counts > 0)
    # A mean lies between the extremes; scaling back may round past them, even to infinity.
    with np.errstate(over="ignore"):
        means = np.clip(means * scale, lows, highs)
    empty = counts == 0
    for of_bin in (lows, means, highs):
        of_bin[empty] = np.nan
    return lows, means, highs


def _scalar(value: np.generic, *, whole: bool) -> float | int:
    return int(value) if whole else float(value)


def _extremes(
    lows: NDArray[np.float64], highs: NDArray[np.float64]
) -> tuple[np.generic, np.generic] | tuple[None, None]:
    known = ~np.isnan(lows)
    return (lows[known].min(), highs[known].max()) if known.any() else (None, None)
