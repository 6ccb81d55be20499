"""A curve as a line of matplotlib: gaps as gaps, points without neighbours as dots."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from tachograph.curves import Curve
from tachograph.plots.bounds import within

__all__ = ["MOST_POINTS", "alone", "draw_curve", "drawable"]

MOST_POINTS: Final = 2000
"""More points than a figure has pixels across say nothing more."""

# Up to so many points each is seen as one.
_FEW: Final = 16


def drawable(curve: Curve, n_out: int = MOST_POINTS) -> Curve:
    """The curve in as few points as look the same; what is not finite is a gap."""
    if len(curve) > n_out:
        return curve.thinned(n_out)
    return Curve(curve.name, curve.axis, curve.x, np.where(np.isfinite(curve.y), curve.y, np.nan))


def draw_curve(axes: Axes, curve: Curve, *, label: str, color: str, **style: Any) -> Line2D:
    """Draws a curve.

    Args:
        axes: Where.
        curve: Any number of points.
        label: For the legend.
        color: Of the line.
        **style: More for `Axes.plot`.

    Returns:
        The one line, with all its points.
    """
    points = drawable(curve)
    y = within(points.y)
    marks: dict[str, Any] = {}
    lonely = alone(y)
    if len(y) <= _FEW:
        marks = {"marker": "o", "markeredgewidth": 0}
    elif len(lonely):
        marks = {"marker": "o", "markeredgewidth": 0, "markevery": lonely.tolist()}
    (line,) = axes.plot(points.x, y, label=label, color=color, **{**marks, **style})
    return line


def alone(y: NDArray[np.float64]) -> NDArray[np.int64]:
    """The places of values with no neighbour to be joined with."""
    shown = np.isfinite(y)
    joined = np.zeros(len(y) + 2, dtype=np.bool_)
    joined[1:-1] = shown
    return np.flatnonzero(shown & ~joined[:-2] & ~joined[2:])
