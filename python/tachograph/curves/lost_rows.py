"""Rows that a log has lost, as gaps of the curves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from tachograph.analysis.column_names import Table
from tachograph.curves import Curve

__all__ = ["with_lost_rows"]


def with_lost_rows(curve: Curve, table: Table, damage: Iterable[Mapping[str, Any]]) -> Curve:
    """The curve with one NaN where damage took all rows between two of its points.

    Args:
        curve: Over its own labels, ascending.
        table: Whose column it is.
        damage: The damaged places, as the log's report lists them.
    """
    lost = [
        (place["first_step"], place["last_step"])
        for place in damage
        if place.get("table") == table and place.get("first_step") is not None
    ]
    if not lost or not len(curve):
        return curve
    firsts, lasts = np.array(sorted(lost), dtype=np.int64).T
    before = np.searchsorted(curve.x, firsts)
    # What was logged again since, by a run that went on from before it, is not lost.
    is_gap = (before == np.searchsorted(curve.x, lasts, side="right")) & (before > 0)
    is_gap &= before < len(curve)
    at = before[is_gap]
    return replace(
        curve, x=np.insert(curve.x, at, firsts[is_gap]), y=np.insert(curve.y, at, np.nan)
    )
