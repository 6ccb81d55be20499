"""A column in one pass: its ends, its extremes, what is not finite, and its shape in few points."""

from __future__ import annotations

from array import array
from dataclasses import dataclass

__all__ = ["N_BINS", "Course"]

N_BINS = 2048
"""Into how many stretches a long column is cut at most; a terminal has fewer characters by far."""


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """What one pass over a column says.

    The arrays are `array.array`s, for which NumPy need not be loaded; `numpy.asarray` takes one
    without a copy.

    Attributes:
        n: How many values there are.
        first: The value logged first; None where there is none.
        last: The value logged last.
        low: The least finite value; None where none is finite.
        high: The greatest finite value.
        n_not_finite: How many values are NaN or infinite.
        first_not_finite: The label of the first of them; None where there is none.
        last_not_finite: The label of the last of them.
        rows_per_bin: How many values each bin has, a power of two; the last one may have fewer.
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
    labels: array[int]
    last_label: int | None
    means: array[float]
    lows: array[float]
    highs: array[float]
