"""Trends: the least-squares line, the Theil-Sen line, the Mann-Kendall test.

Values that are NaN or infinite are left out and counted; the rows around them keep their x. What
the remaining ones do not determine is NaN.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tachograph import _core
from tachograph.analysis.arrays import float_array, fraction

__all__ = ["MannKendall", "TheilSen", "Trend", "mann_kendall", "theil_sen", "trend"]


@dataclass(frozen=True, slots=True)
class Trend:
    """A least-squares line.

    Attributes:
        slope: In units of the values per unit of x; NaN without two different x.
        intercept: Height of the line at x = 0, in units of the values.
        stderr: Standard error of the slope; NaN for fewer than three points.
        low: Lower end of the confidence interval of the slope; NaN where `stderr` is.
        high: Its upper end.
        level: The level of the interval.
        p_value: Two-sided probability of a slope at least this far from 0, were there no trend.
        std: Volatility of the values about their mean (population), in their unit; NaN without.
        n: Values that took part.
        n_nonfinite: Values left out.
    """

    slope: float
    intercept: float
    stderr: float
    low: float
    high: float
    level: float
    p_value: float
    std: float
    n: int
    n_nonfinite: int


@dataclass(frozen=True, slots=True)
class TheilSen:
    """A line that half of the values cannot bend much.

    Attributes:
        slope: Median of the slopes of all pairs of points with two different x, in units of the
            values per unit of x; NaN without such a pair.
        intercept: ``median(values) - slope * median(x)``.
        n: Values that took part.
        n_nonfinite: Values left out.
    """

    slope: float
    intercept: float
    n: int
    n_nonfinite: int


@dataclass(frozen=True, slots=True)
class MannKendall:
    """A test for a monotonic trend.

    Attributes:
        s: Pairs of values that rise less pairs that fall.
        var: Variance of `s` without a trend, corrected for ties.
        z: ``(s - sign(s)) / sqrt(var)``; NaN for fewer than two different values.
        p_value: Two-sided probability of such a z without a trend (normal approximation).
        tau: Kendall's tau-b of the values against their order, from -1 to 1; NaN where `z` is.
        n: Values that took part.
        n_nonfinite: Values left out.
    """

    s: int
    var: float
    z: float
    p_value: float
    tau: float
    n: int
    n_nonfinite: int


def trend(values: Any, x: Any = None, *, level: float = 0.95) -> Trend:
    """The least-squares line through a series.

    Args:
        values: Real numbers, one dimension.
        x: As many real numbers in any order; None for 0, 1, 2, ...
        level: Level of the confidence interval of the slope (Student's t with n - 2 degrees of
            freedom), above 0 and below 1.

    Returns:
        The line. The slope differs from that of exact arithmetic on the same numbers by at most
        ``1e-12 * (|slope| + std(values) / std(x))``.

    Raises:
        ArgumentTypeError: An argument is not of real numbers.
        InvalidArgumentError: Another dimension, another length, a level out of bounds.

    Example:
        >>> trend([3.0, 2.0, 1.0, 0.0]).slope
        -1.0
    """
    y = float_array(values, "values")
    x = None if x is None else float_array(x, "x")
    level = fraction(level, "level")
    slope, intercept, stderr, margin, p_value, std, n, left_out = _core.line(y, x, level)
    low, high = slope - margin, slope + margin
    std = std if n else float("nan")
    return Trend(slope, intercept, stderr, low, high, level, p_value, std, n, left_out)


def theil_sen(values: Any, x: Any = None) -> TheilSen:
    """The Theil-Sen line through a series, exactly, in expected O(n log n).

    Args:
        values: Real numbers, one dimension.
        x: As many real numbers in any order; None for 0, 1, 2, ...

    Raises:
        ArgumentTypeError: An argument is not of real numbers.
        InvalidArgumentError: Another dimension, another length.

    Example:
        >>> theil_sen([0.0, 1.0, 2.0, 300.0, 4.0]).slope
        1.0
    """
    y = float_array(values, "values")
    return TheilSen(*_core.theil_sen(y, None if x is None else float_array(x, "x")))


def mann_kendall(values: Any) -> MannKendall:
    """The Mann-Kendall test for a monotonic trend of a series, in O(n log n).

    Args:
        values: Real numbers, one dimension, in their order.

    Raises:
        ArgumentTypeError: They are not real numbers.
        InvalidArgumentError: Another dimension.

    Example:
        >>> mann_kendall([1.0, 2.0, 3.0, 4.0]).s
        6
    """
    return MannKendall(*_core.mann_kendall(float_array(values, "values")))
