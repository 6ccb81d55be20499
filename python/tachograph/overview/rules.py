"""What is looked for in a column, by its course.

A rule gets a column's name, its course and the noun of its labels (step, epoch), and says at which
label it was met, and how in words; None where it was not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from tachograph.analysis.events import divergence, plateaus, spikes
from tachograph.overview.course import Course
from tachograph.overview.wording import counted, number

__all__ = ["RULES"]

_Met: TypeAlias = tuple[int, str] | None
_Rule: TypeAlias = Callable[[str, Course, str], _Met]

_WINDOW: Final = 20
_SPIKE_SCORE: Final = 10.0
_SPIKE_REACH: Final = 3.0
_SPIKE_MEMORY: Final = 100
_SPIKE_WIDTH: Final = 5
_LEVEL_SHARE: Final = 0.25
_COARSEST: Final = 256


def _not_finite(_name: str, course: Course, noun: str) -> _Met:
    first, last = course.first_not_finite, course.last_not_finite
    if first is None or last is None:
        return None
    count = counted(course.n_not_finite, "value")
    where = f"at {noun} {first:,}" if first == last else f"{noun}s {first:,} to {last:,}"
    return first, f"{count} of {course.n:,} not finite, {where}"


def _spikes(name: str, course: Course, noun: str) -> _Met:
    """Values far above those before: by scaled deviations, and by what the last hundred reached.

    The second keeps heavy tails, which gradient norms have, from being taken for spikes.
    """
    if not (_is_loss(name) or _is_gradient(name)):
        return None
    highs = course.highs
    found = spikes(highs, window=_WINDOW, threshold=_SPIKE_SCORE)
    rows = [row for row in found.rows[found.scores > 0].tolist() if _reaches_far(highs, row)]
    if not rows:
        return None
    highest = max(rows, key=highs.__getitem__)
    label = int(course.labels[highest])
    near = "at" if course.rows_per_bin == 1 else "near"
    return label, (
        f"{counted(len(rows), 'spike')}, the highest {number(float(highs[highest]))} "
        f"{near} {noun} {label:,}"
    )


def _reaches_far(highs: np.ndarray[tuple[int], np.dtype[np.float64]], row: int) -> bool:
    before = np.sort(highs[max(0, row - _SPIKE_MEMORY) : row])
    before = before[~np.isnan(before)]
    middle = before[len(before) // 2]
    return bool(highs[row] - middle > _SPIKE_REACH * (before[-1] - middle))


def _divergence(name: str, course: Course, noun: str) -> _Met:
    if not _is_loss(name):
        return None
    if len(course.means) < _SPIKE_WIDTH:
        return None
    # Medians of a few, so that a spike is not told twice. (`np.median` would load NumPy's masked
    # arrays, which takes longer than all the rest here.)
    windows = np.sort(sliding_window_view(course.means, _SPIKE_WIDTH), axis=1)
    medians = windows[:, _SPIKE_WIDTH // 2]
    found = divergence(medians, window=_WINDOW)
    if found.row is None or found.is_lost:  # the latter is told as values that are not finite
        return None
    label = int(course.labels[found.row + _SPIKE_WIDTH // 2])
    return label, f"diverged, as seen at {noun} {label:,}"


def _plateau(name: str, course: Course, noun: str) -> _Met:
    """Level over the last quarter at least; an earlier plateau that ended is no news."""
    if not _is_loss(name) or len(course.means) < _WINDOW:
        return None
    # Coarser, or the noise of a step would hide that the loss does not move any more.
    stride = -(-len(course.means) // _COARSEST)
    means = course.means[: len(course.means) // stride * stride].reshape(-1, stride)
    coarse = means.mean(axis=1)
    if not np.isfinite(coarse).all():
        return None
    level = plateaus(coarse, window=_WINDOW)
    if not len(level) or level.stops[-1] != len(coarse):
        return None
    start = int(level.starts[-1])
    share = (len(coarse) - start) / len(coarse)
    if share < _LEVEL_SHARE:
        return None
    label = int(course.labels[start * stride])
    return label, f"level since {noun} {label:,}, the last {share:.0%}"


def _is_loss(name: str) -> bool:
    return "loss" in name.casefold()


def _is_gradient(name: str) -> bool:
    folded = name.casefold()
    return "grad" in folded and "norm" in folded


RULES: Final[dict[Literal["not_finite", "spikes", "divergence", "plateau"], _Rule]] = {
    "not_finite": _not_finite,
    "spikes": _spikes,
    "divergence": _divergence,
    "plateau": _plateau,
}
