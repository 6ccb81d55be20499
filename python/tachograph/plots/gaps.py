"""Where a curve has no point although its table has a row."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tachograph.curves import Curve

__all__ = ["with_gaps"]

# A distance that is longer than the usual one is a gap, unless so many are that none is usual.
_LONGER: Final = 1.5
_MOST: Final = 1 / 3


def with_gaps(curve: Curve, rows: NDArray[np.int64], labels: NDArray[np.int64]) -> Curve:
    """The curve with one NaN in each place where values are missing.

    What runs every n-th epoch misses nothing between: a gap is where a curve skips more rows than
    it usually does.

    Args:
        curve: In log order.
        rows: The row of each of its points.
        labels: The label of each row.
    """
    distances = np.diff(rows)
    if not len(distances):
        return curve
    longer = distances > _LONGER * np.median(distances)
    if not longer.any() or longer.mean() > _MOST:
        return curve
    before = np.flatnonzero(longer) + 1
    missing = labels[rows[before - 1] + 1]
    return replace(
        curve, x=np.insert(curve.x, before, missing), y=np.insert(curve.y, before, np.nan)
    )
