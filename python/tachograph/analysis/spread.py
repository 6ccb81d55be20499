"""How much a series scatters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tachograph import _core
from tachograph.analysis.arrays import float_array, one_of

__all__ = ["Volatility", "volatility"]


@dataclass(frozen=True, slots=True)
class Volatility:
    """Center and scatter of a series, in its own unit.

    Attributes:
        value: The scatter; NaN without values, 0 for one.
        center: What it is measured from: the mean, or the median.
        n: Values that took part.
        n_nonfinite: Values left out.
    """

    value: float
    center: float
    n: int
    n_nonfinite: int


def volatility(values: Any, *, method: str = "std") -> Volatility:
    """The scatter of a series; NaN and infinite values are left out and counted.

    Args:
        values: Real numbers, one dimension.
        method: ``"std"``, the population standard deviation about the mean; ``"mad"``, 1.4826
            times the median absolute deviation from the median, which for normal values estimates
            the same and which a few spikes do not move.

    Raises:
        ArgumentTypeError: The values are not real numbers.
        InvalidArgumentError: Another dimension, an unknown method.

    Example:
        >>> volatility([1.0, 3.0]).value
        1.0
    """
    y = float_array(values, "values")
    if one_of(method, "method", ("std", "mad")) == "mad":
        center, value, n, left_out = _core.robust_spread(y)
    else:
        center, value, n, left_out = _core.moments(y)
    return Volatility(value if n else float("nan"), center, n, left_out)
