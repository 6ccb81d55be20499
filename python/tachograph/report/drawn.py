"""A curve as it is drawn: fewer points, and the means that its smooth line is made of."""

from __future__ import annotations

import numpy as np

from tachograph.curves import Curve
from tachograph.curves.band import means_between
from tachograph.report.model import Points
from tachograph.report.places import Places

__all__ = ["drawn", "means"]

# Points of the smooth line for each point of the curve itself.
_MEANS_SHARE = 4


def drawn(curve: Curve, places: Places, n_points: int) -> Points:
    """At most about `n_points` points, chosen so that the curve looks as all of them would."""
    thin = curve.thinned(n_points) if len(curve) > n_points else curve
    return places.points(thin.x, np.where(np.isfinite(thin.y), thin.y, np.nan))


def means(curve: Curve, places: Places, n_points: int) -> Points | None:
    """The means of stretches of equally many rows; None for a curve that is drawn whole.

    The points of `drawn` are the extremes of what they stand for; a line made smooth of them would
    run midway between the extremes, not where the values are.
    """
    if len(curve) <= n_points:
        return None
    edges = np.linspace(0, len(curve), n_points // _MEANS_SHARE + 1).astype(np.int64)
    middles = (edges[:-1] + edges[1:]) // 2
    return places.points(curve.x[middles], means_between(curve.y, edges[:-1]))
