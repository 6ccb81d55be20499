"""Which points of a curve are drawn, so that it looks as all of them would."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tachograph.analysis.thinning import downsample

__all__ = ["thin_rows"]

# A stretch that is thinned keeps at least as many points; the core takes no fewer.
_FEWEST = 4
# One gap for so many of the points wanted is kept at most; up to that all are, however narrow.
_GAPS = 8


def thin_rows(x: NDArray[Any], y: NDArray[np.float64], n_out: int) -> NDArray[np.int64]:
    """The rows to draw, ascending: the core's choice for each stretch of finite values.

    Between two stretches stands the first row of the gap. Where gaps are many, those that are
    narrower than one point of the picture are closed, since a curve of nothing but gaps would
    show none of its points joined; of wider ones only the widest stay, one for eight points.

    Args:
        x: Finite, ascending.
        y: As many values.
        n_out: About how many rows are wanted, at least 4. The first, the last, the lowest and the
            highest are always among them.
    """
    finite = np.isfinite(y)
    if finite.all():
        return downsample(x, y, n_out)
    stretches = _stretches(x, finite, n_out)
    n_finite = int(np.count_nonzero(finite))
    rows: list[NDArray[np.int64]] = [np.zeros(min(len(y), 1), dtype=np.int64)]
    for start, stop in stretches:
        inside = start + np.flatnonzero(finite[start:stop])
        share = max(_FEWEST, round(n_out * len(inside) / n_finite))
        rows.append(inside[downsample(x[inside], y[inside], share)])
        rows.append(np.array([stop] if stop < len(y) else [], dtype=np.int64))
    rows.append(np.array([len(y) - 1] if len(y) else [], dtype=np.int64))
    return np.unique(np.concatenate(rows))


def _stretches(x: NDArray[Any], finite: NDArray[np.bool_], n_out: int) -> list[tuple[int, int]]:
    """First row and row after the last of each stretch that is drawn without a gap."""
    steps = np.diff(finite.astype(np.int8), prepend=0, append=0)
    starts, stops = np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)
    most = max(1, n_out // _GAPS)
    if len(starts) > most:
        widths = x[starts[1:]] - x[stops[:-1] - 1].astype(np.float64)
        narrow = (float(x[-1]) - float(x[0])) / n_out
        if len(widths) > most:  # those that are as wide as the first one too many go with it
            narrow = max(narrow, float(np.partition(widths, -most - 1)[-most - 1]))
        wide = widths > narrow
        starts = np.concatenate((starts[:1], starts[1:][wide]))
        stops = np.concatenate((stops[:-1][wide], stops[-1:]))
    return list(zip(starts.tolist(), stops.tolist(), strict=True))
