"""One process's span of a run; a resumed run has several."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tachograph.records.instants import moment_of

__all__ = ["Attempt"]

_KNOWN = frozenset(
    {
        "attempt",
        "pid",
        "host",
        "started_micros",
        "ended_micros",
        "closed",
        "rows",
        "first_step",
        "last_step",
        "dropped",
    }
)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt of a run.

    Attributes:
        attempt: Its number, as the log counts them.
        pid: Process id of the writer.
        host: Name of the machine it ran on.
        started: When it began (UTC).
        ended: When it was closed (UTC); None while it runs and after a crash.
        closed: Whether it was closed in order.
        rows: Rows it logged, epochs and steps together.
        first_step: The first step it logged, None where it logged none.
        last_step: The last step it logged.
        dropped: Rows that it could not keep, for example because the disk was full.
        details: What the writer said about itself beside that.
    """

    attempt: int
    pid: int | None
    host: str | None
    started: datetime | None
    ended: datetime | None
    closed: bool
    rows: int
    first_step: int | None
    last_step: int | None
    dropped: int
    details: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_core(cls, row: Mapping[str, Any]) -> Attempt:
        """Takes over what `Reader.attempts` says of one attempt."""
        return cls(
            attempt=int(row["attempt"]),
            pid=row.get("pid"),
            host=row.get("host"),
            started=_moment(row.get("started_micros")),
            ended=_moment(row.get("ended_micros")),
            closed=bool(row.get("closed", False)),
            rows=int(row.get("rows") or 0),
            first_step=row.get("first_step"),
            last_step=row.get("last_step"),
            dropped=int(row.get("dropped") or 0),
            details={key: value for key, value in row.items() if key not in _KNOWN},
        )


def _moment(micros: int | None) -> datetime | None:
    return None if micros is None else moment_of(micros)
