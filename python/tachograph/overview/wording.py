"""Numbers, times, sizes and foreign text in words for people.

Text from a log is data: wherever it is shown, it goes through `printable`.
"""

from __future__ import annotations

import math
import unicodedata
from datetime import UTC, datetime
from typing import Any

__all__ = [
    "NOTHING",
    "age",
    "counted",
    "counted_of",
    "duration",
    "loss_text",
    "moment",
    "number",
    "pace",
    "printable",
    "size",
    "state_word",
]

NOTHING = "-"
"""Stands where there is nothing."""

# Control, format, surrogate, private-use, unassigned characters and line separators can move the
# cursor, turn text round, or break a line. The two joiners (format characters as well) are part of
# how several scripts and many emoji are spelled, and do nothing of the kind.
_HOSTILE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_JOINERS = frozenset("\u200c\u200d")
_ELLIPSIS = "..."
_NAME_CHARS = 80
_MINUTE_SECS = 60
_HOUR_SECS = 3600
_DAY_SECS = 24 * _HOUR_SECS
_KIB = 1024
_FAST = 100.0
_DAYS_FROM_HOURS = 48
_MILLIS = 1000
_NO_TIME = "0 ms"
_SPANS = (
    ("d", "h", _DAY_SECS, _HOUR_SECS),
    ("h", "min", _HOUR_SECS, _MINUTE_SECS),
    ("min", "s", _MINUTE_SECS, 1),
)


def printable(
    text: object, *, max_chars: int = _NAME_CHARS, keeps: str = "", ellipsis: str = _ELLIPSIS
) -> str:
    r"""Text from a log or a path, safe to show on a terminal, in a figure, on a page.

    Args:
        text: Anything; its `str()` is shown. Characters that would act on what shows it stand as
            their escapes (`\x1b`, `\u202e`).
        max_chars: Longer text is cut to as many, with its end marked.
        keeps: Characters that do no harm where it is shown: lines may break on a page.
        ellipsis: What marks the end; where nothing but ASCII is sure to be shown, three dots.
    """
    raw = str(text)
    cut = len(raw) > max_chars
    shown = raw[: max_chars - len(ellipsis)] if cut else raw
    if not shown.isascii() or not shown.isprintable():
        harmless = _JOINERS.union(keeps)
        shown = "".join(
            char
            if char in harmless or unicodedata.category(char) not in _HOSTILE_CATEGORIES
            else _escaped(char)
            for char in shown
        )
    return shown + ellipsis if cut else shown


def _escaped(char: str) -> str:
    return ascii(char)[1:-1]


def number(value: Any, *, digits: int = 6) -> str:
    """A value for people: all digits of an integer, so many of a float, `-` where there is none."""
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int):
        return f"{value:,}"
    shown = f"{float(value):.{digits}g}"
    return shown.replace("e-0", "e-").replace("e+0", "e").replace("e+", "e")


def loss_text(loss: float | None, *, is_val: bool) -> str:
    """A best loss for people; a training loss says that it is one."""
    return number(loss) if is_val or loss is None else f"{number(loss)} (train)"


def counted(count: int, noun: str) -> str:
    """A count with its noun, in the plural where it is one."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def size(n_bytes: int) -> str:
    """A count of bytes for people."""
    if n_bytes < _KIB:
        return f"{n_bytes} B"
    amount = float(n_bytes)
    for unit in ("KiB", "MiB", "GiB"):
        amount /= _KIB
        if round(amount, 1) < _KIB:
            return f"{amount:.1f} {unit}"
    return f"{amount / _KIB:.1f} TiB"


def duration(secs: float | None) -> str:
    """A span of time for people, in the two greatest units; `-` where there is none."""
    if secs is None or not math.isfinite(secs):
        return NOTHING
    if secs < 0:
        shown = duration(-secs)
        return shown if shown == _NO_TIME else f"-{shown}"
    secs = abs(secs)  # of -0.0 the sign would be shown
    # As it is shown: what rounds to 1000 ms or to 60.0 s is told in the next unit.
    if secs < 1 and round(secs * _MILLIS) < _MILLIS:
        return f"{secs * _MILLIS:.0f} ms"
    if round(secs, 1) < _MINUTE_SECS:
        return f"{secs:.1f} s"
    whole = max(_MINUTE_SECS, int(secs))
    unit, smaller, unit_secs, smaller_secs = next(span for span in _SPANS if whole >= span[2])
    return f"{whole // unit_secs} {unit} {whole % unit_secs // smaller_secs} {smaller}"


def pace(steps_per_sec: float) -> str:
    """How fast steps come, for people; the time of one where it takes over a second."""
    if steps_per_sec < 1:
        return f"{duration(1 / steps_per_sec)} a step"
    shown = f"{steps_per_sec:,.0f}" if round(steps_per_sec, 1) >= _FAST else f"{steps_per_sec:.1f}"
    return f"{shown} steps/s"


def age(secs: float) -> str:
    """How long ago something was, for people: one unit, rounded down."""
    hours = secs / _HOUR_SECS
    if secs < _MINUTE_SECS:
        return f"{max(0, int(secs))} s"
    if hours < 1:
        return f"{int(secs / _MINUTE_SECS)} min"
    return f"{int(hours)} h" if hours < _DAYS_FROM_HOURS else f"{int(secs / _DAY_SECS)} d"


def state_word(state: str) -> str:
    """A run's state for people: ``"running"`` is live."""
    return "live" if state == "running" else state


def counted_of(noun: str, label: int, total: int | None) -> str:
    """How far something is: its label, and how many there will be where that is known."""
    of = "" if total is None else f" of {total:,}"
    return f"{noun} {label:,}{of}".lstrip()


def moment(when: datetime | None, *, in_utc: bool = False) -> str:
    """A point in time for people, in the local zone, or in UTC for what travels."""
    if when is None:
        return NOTHING
    if in_utc:
        return f"{when.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    return f"{when.astimezone():%Y-%m-%d %H:%M:%S}"
