"""Instants: the log counts microseconds since 1970 UTC, people get aware UTC datetimes."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

__all__ = ["instant_from", "micros_of", "moment_of", "now_micros"]

_ORIGIN = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def now_micros() -> int:
    """The present, in microseconds since 1970 UTC."""
    return time.time_ns() // 1000


def moment_of(micros: int) -> datetime:
    """The aware UTC datetime of a count of microseconds since 1970."""
    return _ORIGIN + timedelta(microseconds=micros)


def micros_of(moment: datetime) -> int:
    """Microseconds since 1970 UTC of a datetime; one without a zone is local time."""
    return (moment.astimezone(UTC) - _ORIGIN) // _MICROSECOND


def instant_from(value: object) -> datetime | None:
    """Reads an instant in any form that files have held it in.

    Args:
        value: A datetime, microseconds since 1970 UTC, or ISO 8601 text. Without a zone it is
            local time, as in files of older programs.

    Returns:
        An aware UTC datetime, or None where `value` is none of these, or in no year of calendars.
    """
    try:
        if isinstance(value, datetime):
            return value.astimezone(UTC)
        if isinstance(value, int) and not isinstance(value, bool):
            return moment_of(value)
        if isinstance(value, str):
            return datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return None
