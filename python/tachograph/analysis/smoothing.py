"""Curves made smooth, and statistics of a window that moves along."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tachograph import _core
from tachograph.analysis.arrays import float_array, fraction, one_of, whole_number
from tachograph.exceptions import InvalidArgumentError

__all__ = ["rolling", "smooth"]

_PARAMETERS = {"rolling": "window", "exponential": "alpha", "tensorboard": "weight"}


def smooth(
    values: Any,
    *,
    method: str = "exponential",
    window: int | None = None,
    alpha: float | None = None,
    weight: float | None = None,
) -> NDArray[np.float64]:
    """A smoother curve, float64[n].

    Args:
        values: Real numbers, one dimension.
        method: ``"rolling"``: mean of the finite values among the `window` rows that end at each.
            ``"exponential"``: mean in which a value counts ``1 - alpha`` times what its successor
            counts, corrected for its beginning; a value that is not finite leaves the mean where
            it was. ``"tensorboard"``: what TensorBoard draws with its smoothing slider at
            `weight`; a value that is not finite stays as it is, as does a constant series.
        window: Of ``"rolling"``, default 20.
        alpha: Of ``"exponential"``, above 0 and at most 1, default 0.1.
        weight: Of ``"tensorboard"``, from 0 to below 1, default 0.6, TensorBoard's own.

    Returns:
        One value a row; NaN where no finite value came yet.

    Raises:
        ArgumentTypeError: An argument has the wrong type.
        InvalidArgumentError: An argument is out of bounds, or belongs to another method.

    Example:
        >>> smooth([1.0, 3.0, 5.0], method="rolling", window=2)
        array([1., 2., 4.])
    """
    chosen = _PARAMETERS[one_of(method, "method", tuple(_PARAMETERS))]
    for name, value in (("window", window), ("alpha", alpha), ("weight", weight)):
        if value is not None and name != chosen:
            message = f"{name} says nothing to method={method!r}, which takes {chosen}"
            raise InvalidArgumentError(message, argument=name)
    y = float_array(values, "values")
    if chosen == "window":
        return rolling(y, window=20 if window is None else window)
    if chosen == "alpha":
        alpha = fraction(0.1 if alpha is None else alpha, "alpha", takes_high=True)
        return _core.exponential(y, alpha)
    weight = fraction(0.6 if weight is None else weight, "weight", takes_low=True)
    return _core.tensorboard(y, weight)


def rolling(
    values: Any, x: Any = None, *, window: int, statistic: str = "mean"
) -> NDArray[np.float64]:
    """A statistic of the `window` rows that end at each row, float64[n]; O(n) for any window.

    Args:
        values: Real numbers, one dimension.
        x: As many real numbers in any order, for slopes; None for 0, 1, 2, ...
        window: Rows, at least one; at the beginning there are fewer.
        statistic: ``"mean"``, ``"std"`` (of the population) or ``"slope"`` (of the least-squares
            line over x).

    Returns:
        One value a row, of the finite values of its window; NaN where there are none, or, for a
        slope, no two different x.

    Raises:
        ArgumentTypeError: An argument has the wrong type.
        InvalidArgumentError: Another dimension, another length, an unknown statistic.

    Example:
        >>> rolling([1.0, 3.0, 5.0], window=2, statistic="slope")
        array([nan,  2.,  2.])
    """
    y = float_array(values, "values")
    x = None if x is None else float_array(x, "x")
    window = whole_number(window, "window", at_least=1)
    return _core.rolling(y, x, window, one_of(statistic, "statistic", ("mean", "std", "slope")))
