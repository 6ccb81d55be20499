"""Rows that a log has lost, as gaps of the curves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tachograph.analysis.column_names import Table
from tachograph.curves.curve import Curve

__all__ = ["with_lost_rows"]

_NEVER: Final = np.iinfo(np.int64).max


def with_lost_rows(
    curve: Curve, labels: NDArray[np.int64], table: Table, damage: Iterable[Mapping[str, Any]]
) -> Curve:
    """The curve with a NaN between two points where lost rows begin or end between them.

    Damage takes whole rows, or a column of them: that of another column is no gap of this one.
    What was logged again since, by a run that went on from before it, is not lost.

    Args:
        curve: Over any axis.
        labels: Of each of its points, on the axis of its table.
        table: Whose column it is.
        damage: The damaged places, as the log's report lists them.
    """
    lost = [
        (place["first_step"], place["last_step"])
        for place in damage
        if place.get("table") == table and place.get("first_step") is not None
        if place.get("rows") or place.get("column") in _columns(curve.name, table)
    ]
    if not lost or not len(curve):
        return curve
    firsts, lasts = np.array(lost, dtype=np.int64).T
    at = np.flatnonzero(_has_between(firsts, labels) | _has_between(lasts, labels)) + 1
    # In the middle, where no bin of neighbours hides it.
    x = np.insert(curve.x, at, _middles(curve.x[at - 1], curve.x[at]))
    return replace(curve, x=x, y=np.insert(curve.y, at, np.nan))


def _has_between(places: NDArray[np.int64], labels: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Of each two neighbouring labels, whether a place lies between them."""
    found = np.append(np.sort(places), _NEVER)
    between: NDArray[np.bool_] = (
        found[np.searchsorted(found[:-1], labels[:-1], side="right")] < labels[1:]
    )
    return between


def _middles(low: NDArray[Any], high: NDArray[Any]) -> NDArray[Any]:
    is_real = low.dtype.kind == "f"
    # That of integers neither rounds nor overflows.
    middles: NDArray[Any] = low / 2 + high / 2 if is_real else (low & high) + ((low ^ high) >> 1)
    return middles


def _columns(name: str, table: Table) -> set[str | None]:
    """What a report on damage calls the column; None where it names none."""
    # The epochs' metrics go without their split.
    return {None, name, name.partition("/")[2] if table == "epochs" else name}
