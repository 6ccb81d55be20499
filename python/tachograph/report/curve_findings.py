"""What a curve shows that a reader should know: lost values, divergence, spikes, a level end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import numpy as np

from tachograph.analysis.column_names import Table
from tachograph.analysis.events import divergence, nan_runs, plateaus
from tachograph.analysis.smoothing import rolling
from tachograph.curves import Curve
from tachograph.report.model import Finding
from tachograph.report.spike_search import find_spikes

__all__ = ["curve_findings"]

_LOSS: Final = re.compile(r"(^|[/_.\s-])(loss|nll|perplexity|ppl)([/_.\s-]|$)", re.IGNORECASE)
_GRADIENT: Final = re.compile(r"grad.*norm", re.IGNORECASE)

# Far stricter than what the analyses take by default: a report tells what stands out to the eye.
_SPIKE_WINDOW: Final = 50
_SPIKE_SCORE: Final = 12.0
# Where more than one value in so many stands out, the curve has long tails and no spikes.
_SPIKES_ARE_RARE: Final = 1000
_LEVEL_SHARE: Final = 4
_NARROWEST_WINDOW: Final = 5
_WIDEST_WINDOW: Final = 500
_STAYS_SHARE: Final = 0.5
_LISTED: Final = 3


def curve_findings(curve: Curve, table: Table) -> Iterator[Finding]:
    """What stands out in one column.

    Args:
        curve: The whole column, over its own table's axis.
        table: Whose column.
    """
    unit = "epoch" if table == "epochs" else "step"
    yield from _not_finite(curve, unit)
    is_loss = _LOSS.search(curve.name) is not None
    if is_loss:
        yield from _divergence(curve, unit)
    if is_loss or _GRADIENT.search(curve.name) is not None:
        yield from _spikes(curve, unit)
    if is_loss and table == "epochs":
        yield from _level_end(curve, unit)


def _not_finite(curve: Curve, unit: str) -> Iterator[Finding]:
    lost = np.flatnonzero(~np.isfinite(curve.y))
    if not len(lost):
        return
    runs = nan_runs(curve.y)
    places = [
        _span(curve, int(start), int(stop) - 1)
        for start, stop in zip(runs.starts[:_LISTED], runs.stops[:_LISTED], strict=True)
    ]
    if len(runs) > _LISTED:
        places.append(f"and {len(runs) - _LISTED:,} more stretches")
    count = f"{len(lost):,} of {len(curve):,} values are NaN or infinite"
    yield Finding("bad", curve.name, f"{count}: {unit} {', '.join(places)}")


def _span(curve: Curve, first: int, last: int) -> str:
    begin, end = int(curve.x[first]), int(curve.x[last])
    return f"{begin:,}" if begin == end else f"{begin:,} to {end:,}"


def _divergence(curve: Curve, unit: str) -> Iterator[Finding]:
    window = min(_WIDEST_WINDOW, max(_NARROWEST_WINDOW, len(curve) // 20))
    found = divergence(curve.y, window=window)
    if found.row is None:
        return
    where = f"{unit} {int(curve.x[found.row]):,}"
    if found.is_lost:
        text = f"lost: no finite value in the {window:,} rows up to {where}"
        yield Finding("bad", curve.name, text)
        return
    means = rolling(curve.y, window=window)[window - 1 :]
    at_row, end = means[found.row - window + 1], means[-1]
    lowest = np.nanmin(means[: found.row - window + 2])
    if end - lowest > _STAYS_SHARE * (at_row - lowest):  # it did not come back
        text = f"diverged: the mean of {window:,} rows rose far above its lowest at {where}"
        yield Finding("bad", curve.name, text)


def _spikes(curve: Curve, unit: str) -> Iterator[Finding]:
    found = find_spikes(curve.y, window=_SPIKE_WINDOW, threshold=_SPIKE_SCORE)
    is_told = np.isfinite(found.scores)  # infinite after a level stretch, which says nothing
    rows, scores = found.rows[is_told], found.scores[is_told]
    if not len(rows) or len(rows) > max(_LISTED, len(curve) // _SPIKES_ARE_RARE):
        return
    farthest = int(np.argmax(np.abs(scores)))
    row = int(rows[farthest])
    where = f"at {unit} {int(curve.x[row]):,}: {curve.y[row]:.4g}"
    text = f"1 spike, {where}" if len(rows) == 1 else f"{len(rows):,} spikes, the farthest {where}"
    yield Finding("warn", curve.name, text)


def _level_end(curve: Curve, unit: str) -> Iterator[Finding]:
    window = min(20, max(5, len(curve) // 10))
    level = plateaus(curve.y, window=window)
    if not len(level):
        return
    start, stop = int(level.starts[-1]), int(level.stops[-1])
    if stop == len(curve) and (stop - start) * _LEVEL_SHARE >= len(curve):
        text = f"level since {unit} {int(curve.x[start]):,}"
        yield Finding("note", curve.name, text)
