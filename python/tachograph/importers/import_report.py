"""What an import brought, and what it could not bring."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

__all__ = ["ImportReport", "SourceKind", "counts_of"]

SourceKind = Literal["tensorboard", "csv", "record", "wandb"]

_AS_COUNTED = ("skipped", "damaged_bytes", "torn_bytes", "malformed", "odd_wall_times")


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import brought, and what it could not bring.

    Attributes:
        kind: What the source was.
        source: The source's path.
        path: The directory of the new run.
        files: How many files were read.
        steps: Rows of the steps that were recorded.
        epochs: Rows of the epochs that were recorded.
        values: Numbers in these rows.
        skipped: What has no place in a run or was no number, counted by kind.
        damaged: Damaged places that were passed over.
        damaged_bytes: Their bytes.
        torn_bytes: Bytes of last records that are not whole.
        malformed: Sound records, or parts of them, that make no sense.
        foreign_files: Files among the source's that are of another kind.
        wall_times_merged: Values whose row has the wall time of another of its values.
        wall_time_moved_secs: The greatest difference between the two, seconds.
        odd_wall_times: Rows or events without a wall time that a calendar has.
        restarts: How often the source went back to an earlier step to go on from there; each
            begins an attempt.
    """

    kind: SourceKind
    source: Path
    path: Path
    files: int = 1
    steps: int = 0
    epochs: int = 0
    values: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)
    damaged: int = 0
    damaged_bytes: int = 0
    torn_bytes: int = 0
    malformed: int = 0
    foreign_files: tuple[Path, ...] = ()
    wall_times_merged: int = 0
    wall_time_moved_secs: float = 0.0
    odd_wall_times: int = 0
    restarts: int = 0

    @property
    def is_damaged(self) -> bool:
        """Whether something was recorded and could not be read; a torn end is no damage."""
        return bool(self.damaged or self.malformed or self.foreign_files)

    def to_record(self) -> dict[str, Any]:
        """The structured record `imported` of the new run, in plain values."""
        record = asdict(self)
        del record["path"]
        record["source"] = str(self.source)
        record["skipped"] = dict(self.skipped)
        record["foreign_files"] = [str(path) for path in self.foreign_files]
        return record


def counts_of(found: Mapping[str, Any]) -> dict[str, Any]:
    """What the core counts of every file, under the names of `ImportReport`."""
    return {
        "steps": found["rows"],
        "values": found["scalars"],
        "damaged": found["damaged_places"],
        **{name: found[name] for name in _AS_COUNTED},
    }
