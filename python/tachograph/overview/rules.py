"""What is looked for in a column, by its course.

A rule gets a column's name, its course and the noun of its labels (step, epoch), and says at which
label it was met, and how in words; None where it was not.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from tachograph.analysis.events import divergence, plateaus, spikes
from tachograph.analysis.smoothing import rolling
from tachograph.overview.course import Course
from tachograph.overview.wording import counted, number

__all__ = ["RULES"]

_Values: TypeAlias = NDArray[np.float64]
_Met: TypeAlias = tuple[int, str] | None
_Rule: TypeAlias = Callable[[str, Course, str], _Met]

# What frameworks scale gradients by, or a loss is weighted with, is none.
_LOSS: Final = re.compile(
    r"loss(?![ ._/-]?(scal|weight))|(^|[ ._/-])(nll|perplexity|ppl)($|[ ._/-])", re.IGNORECASE
)

_SPIKE_WINDOW: Final = 50
_SPIKE_SCORE: Final = 12.0
_SPIKE_REACH: Final = 4.0
_SPIKE_MEMORY: Final = 250
_SPIKE_WIDTH: Final = 5

_WINDOW_SHARE: Final = 20
_NARROWEST_WINDOW: Final = 8
_STAYS_SHARE: Final = 0.5
_MOST_OF_LOWEST: Final = 0.9
_FEW_OF_LAST: Final = 0.25

_WIDEST_LEVEL: Final = 20
_NARROWEST_LEVEL: Final = 5
_LEVEL_WINDOW_SHARE: Final = 10
_LEVEL_SHARE: Final = 0.25
_FEWEST_TO_BE_LEVEL: Final = 20
_COARSEST: Final = 256


def _not_finite(_name: str, course: Course, noun: str) -> _Met:
    first, last = course.first_not_finite, course.last_not_finite
    if first is None or last is None:
        return None
    count = counted(course.n_not_finite, "value")
    where = f"at {noun} {first:,}" if first == last else f"{noun}s {first:,} to {last:,}"
    return first, f"{count} of {course.n:,} not finite, {where}"


def _spikes(name: str, course: Course, noun: str) -> _Met:
    """Values far above those before: by scaled deviations, and by what those before reached.

    The second keeps heavy tails, which gradient norms have, from being taken for spikes.
    """
    if not (_is_loss(name) or _is_gradient(name)):
        return None
    highs = course.highs
    found = spikes(highs, window=_SPIKE_WINDOW, threshold=_SPIKE_SCORE)
    # Infinite after a level stretch, where any change is: that says nothing.
    is_up = (found.scores > 0) & np.isfinite(found.scores)
    rows = [row for row in found.rows[is_up].tolist() if _reaches_far(highs, row)]
    if not rows:
        return None
    highest = max(rows, key=highs.__getitem__)
    label = int(course.labels[highest])
    near = "at" if course.rows_per_bin == 1 else "near"
    return label, (
        f"{counted(len(rows), 'spike')}, the highest {number(float(highs[highest]))} "
        f"{near} {noun} {label:,}"
    )


def _reaches_far(highs: _Values, row: int) -> bool:
    before = np.sort(highs[max(0, row - _SPIKE_MEMORY) : row])
    before = before[~np.isnan(before)]
    middle = before[len(before) // 2]
    return bool(highs[row] - middle > _SPIKE_REACH * (before[-1] - middle))


def _divergence(name: str, course: Course, noun: str) -> _Met:
    """Risen far above its lowest, clear of its noise, and not come back at the end."""
    if not _is_loss(name) or len(course.means) < _SPIKE_WIDTH:
        return None
    # Medians of a few, so that a spike is not told twice. (`np.median` would load NumPy's masked
    # arrays, which takes longer than all the rest here.)
    windows = np.sort(sliding_window_view(course.means, _SPIKE_WIDTH), axis=1)
    medians = windows[:, _SPIKE_WIDTH // 2]
    width = max(_NARROWEST_WINDOW, len(medians) // _WINDOW_SHARE)
    found = divergence(medians, window=width)
    if found.row is None or found.is_lost:  # the latter is told as values that are not finite
        return None
    if not _is_still_up(course.means, medians, found.row, width):
        return None
    label = int(course.labels[found.row + _SPIKE_WIDTH // 2])
    return label, f"diverged, as seen at {noun} {label:,}"


def _is_still_up(means: _Values, medians: _Values, row: int, width: int) -> bool:
    of_windows = rolling(medians, window=width)[width - 1 :]
    before = of_windows[: row - width + 2]
    if np.isnan(before).all() or np.isnan(of_windows[-1]):
        return False
    at_lowest = int(np.nanargmin(before))
    lowest, at_row, end = before[at_lowest], of_windows[row - width + 1], of_windows[-1]
    if end - lowest <= _STAYS_SHARE * (at_row - lowest):
        return False
    # A window of medians is made of so many more means.
    span = width + _SPIKE_WIDTH - 1
    most = _sorted_at(means[at_lowest : at_lowest + span], _MOST_OF_LOWEST)
    few = _sorted_at(means[-span:], _FEW_OF_LAST)
    return few > most


def _sorted_at(values: _Values, share: float) -> float:
    """The value that so great a share of the others lies below."""
    known = np.sort(values[~np.isnan(values)])
    return float(known[int(share * (len(known) - 1))]) if len(known) else float("nan")


def _plateau(name: str, course: Course, noun: str) -> _Met:
    """An epoch's loss level over the last quarter at least; an earlier plateau is no news."""
    if noun != "epoch" or not _is_loss(name) or len(course.means) < _FEWEST_TO_BE_LEVEL:
        return None
    # Coarser, or the noise of an epoch would hide that the loss does not move any more.
    stride = -(-len(course.means) // _COARSEST)
    means = course.means[: len(course.means) // stride * stride].reshape(-1, stride)
    coarse = means.mean(axis=1)
    if not np.isfinite(coarse).all():
        return None
    width = min(_WIDEST_LEVEL, max(_NARROWEST_LEVEL, len(coarse) // _LEVEL_WINDOW_SHARE))
    level = plateaus(coarse, window=width)
    if not len(level) or level.stops[-1] != len(coarse):
        return None
    start = int(level.starts[-1])
    share = (len(coarse) - start) / len(coarse)
    if share < _LEVEL_SHARE:
        return None
    label = int(course.labels[start * stride])
    return label, f"level since {noun} {label:,}, the last {share:.0%}"


def _is_loss(name: str) -> bool:
    return _LOSS.search(name) is not None


def _is_gradient(name: str) -> bool:
    folded = name.casefold()
    return "grad" in folded and "norm" in folded


RULES: Final[dict[Literal["not_finite", "spikes", "divergence", "plateau"], _Rule]] = {
    "not_finite": _not_finite,
    "spikes": _spikes,
    "divergence": _divergence,
    "plateau": _plateau,
}
