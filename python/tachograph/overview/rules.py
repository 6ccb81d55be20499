"""What is looked for in a column, by its course.

A rule gets a column's name, its course and the noun of its labels (step, epoch), and says at which
label it was met, and how in words; None where it was not. The core looks; here stands in which
columns, and how it is told.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, Literal, TypeAlias

from tachograph._core import course_divergence, course_plateau, course_spikes
from tachograph.overview.course import Course
from tachograph.overview.wording import counted, number

__all__ = ["RULES"]

_Met: TypeAlias = tuple[int, str] | None
_Rule: TypeAlias = Callable[[str, Course, str], _Met]

# What frameworks scale gradients by, or a loss is weighted with, is none.
_LOSS: Final = re.compile(
    r"loss(?![ ._/-]?(scal|weight))|(^|[ ._/-])(nll|perplexity|ppl)($|[ ._/-])", re.IGNORECASE
)


def _not_finite(_name: str, course: Course, noun: str) -> _Met:
    first, last = course.first_not_finite, course.last_not_finite
    if first is None or last is None:
        return None
    count = counted(course.n_not_finite, "value")
    where = f"at {noun} {first:,}" if first == last else f"{noun}s {first:,} to {last:,}"
    return first, f"{count} of {course.n:,} not finite, {where}"


def _spikes(name: str, course: Course, noun: str) -> _Met:
    """Values far above those before."""
    if not (_is_loss(name) or _is_gradient(name)):
        return None
    found = course_spikes(course.highs)
    if found is None:
        return None
    n_spikes, highest = found
    label = course.labels[highest]
    near = "at" if course.rows_per_bin == 1 else "near"
    return label, (
        f"{counted(n_spikes, 'spike')}, the highest {number(course.highs[highest])} "
        f"{near} {noun} {label:,}"
    )


def _divergence(name: str, course: Course, noun: str) -> _Met:
    """Risen far above its lowest, clear of its noise, and not come back at the end."""
    found = course_divergence(course.means) if _is_loss(name) else None
    if found is None:
        return None
    label = course.labels[found]
    return label, f"diverged, as seen at {noun} {label:,}"


def _plateau(name: str, course: Course, noun: str) -> _Met:
    """An epoch's loss level over the last quarter at least; an earlier plateau is no news."""
    found = course_plateau(course.means) if noun == "epoch" and _is_loss(name) else None
    if found is None:
        return None
    start, share = found
    label = course.labels[start]
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
