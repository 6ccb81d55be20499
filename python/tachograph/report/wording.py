"""Numbers, times and sizes for people."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any, Final

__all__ = ["ABSENT", "counted", "duration", "moment", "number", "rate", "size"]

ABSENT: Final = "-"
"""Stands where there is nothing."""

_KIB: Final = 1024
_MINUTE_SECS: Final = 60
_HOUR_SECS: Final = 3600
_DAY_SECS: Final = 86400


def number(value: Any) -> str:
    """Six significant digits of a float, all of an integer, `ABSENT` for None."""
    if value is None:
        return ABSENT
    if isinstance(value, int):
        return f"{value:,}"
    if math.isnan(value):
        return "NaN"
    return f"{float(value):.6g}"


def counted(count: int, noun: str) -> str:
    """A count with its noun, in the plural where it is one."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def duration(secs: float | None) -> str:
    """A span of time."""
    if secs is None or not math.isfinite(secs):
        return ABSENT
    if secs < 1:
        return f"{secs * 1000:.0f} ms"
    if secs < _MINUTE_SECS:
        return f"{secs:.1f} s"
    if secs < _HOUR_SECS:
        return f"{int(secs // _MINUTE_SECS)} min {int(secs % _MINUTE_SECS)} s"
    if secs < _DAY_SECS:
        return f"{int(secs // _HOUR_SECS)} h {int(secs % _HOUR_SECS // _MINUTE_SECS)} min"
    return f"{int(secs // _DAY_SECS)} d {int(secs % _DAY_SECS // _HOUR_SECS)} h"


def moment(when: datetime | None) -> str:
    """A point in time, UTC: a report travels."""
    return ABSENT if when is None else when.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def size(n_bytes: int) -> str:
    """A count of bytes."""
    if n_bytes < _KIB:
        return f"{n_bytes} B"
    amount = float(n_bytes)
    for unit in ("KiB", "MiB", "GiB"):
        amount /= _KIB
        if amount < _KIB:
            return f"{amount:.1f} {unit}"
    return f"{amount / _KIB:.1f} TiB"


def rate(per_sec: float) -> str:
    """How many a second."""
    few = 100
    return f"{per_sec:,.3g} a second" if per_sec < few else f"{per_sec:,.0f} a second"
