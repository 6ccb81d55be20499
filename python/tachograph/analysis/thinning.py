"""Fewer points that draw the same curve."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from tachograph import _core
from tachograph.analysis.arrays import float_array, is_masked, one_dimension, one_of, whole_number

__all__ = ["downsample"]

_FEWEST = 4


def downsample(x: Any, y: Any, n_out: int, *, method: str = "minmaxlttb") -> NDArray[np.int64]:
    """Indices of the points that draw a curve, ascending, int64.

    What is chosen are the indices of the package tsdownsample 0.1.5 (its default `minmax_ratio` of
    4), and the first point, the last one, the first smallest and the first largest: `n_out` points
    and at most two more (four by ``"minmax"``, where rounding keeps the last points out of its
    bins), or all where there are no more.

    Args:
        x: Real numbers that ascend, finite, equal ones allowed; None for 0, 1, 2, ...
        y: As many real numbers. Points whose y is NaN or infinite are left out beforehand.
        n_out: Points wanted, at least 4; ``"minmax"`` takes the even number below an odd one.
        method: ``"minmaxlttb"`` or ``"minmax"``.

    Raises:
        ArgumentTypeError: An argument has the wrong type.
        InvalidArgumentError: Another dimension or length, an x that does not ascend, too few
            points wanted, an unknown method.

    Example:
        >>> len(downsample(None, [float(i % 50) for i in range(1000)], 20))
        20
    """
    chosen = one_of(method, "method", ("minmaxlttb", "minmax"))
    n_out = whole_number(n_out, "n_out", at_least=_FEWEST)
    values = float_array(y, "y")
    if x is None:
        return _core.downsample(values, None, "float64", n_out, chosen)
    if isinstance(x, np.ndarray) and x.dtype == np.int64 and not is_masked(x):
        # Steps as they are: as floats they would be copied.
        steps = np.ascontiguousarray(one_dimension(x, "x"))
        return _core.downsample(values, steps, "int", n_out, chosen)
    places = float_array(x, "x")
    return _core.downsample(values, places, _kind(np.asarray(x).dtype), n_out, chosen)


def _kind(dtype: np.dtype[Any]) -> Literal["float64", "float32", "int"]:
    """Which numbers the ends of bins are rounded to."""
    if dtype.kind in "iub":
        return "int"
    return "float32" if dtype == np.float32 else "float64"
