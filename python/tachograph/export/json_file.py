"""JSON of a run, written by the core: strict, streamed; a path is renamed into place."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal

from tachograph._core import Reader
from tachograph.export.target import OnProgress, Writable

__all__ = [
    "FORMAT_VERSION",
    "is_json_lines",
    "write_json_lines",
    "write_record_json",
    "write_steps_json",
]

FORMAT_VERSION: Final = 1
"""Version of the record as JSON and as a pickle; a reader refuses a newer one."""


def write_record_json(
    reader: Reader,
    out: Path | Writable,
    head: Mapping[str, Any],
    tail: Mapping[str, Any],
    *,
    progress: OnProgress | None,
) -> None:
    """Writes the complete record: `head`, then ``epochs``, then `tail`.

    Args:
        reader: The run.
        out: Where to.
        head: What stands before the epochs.
        tail: What stands after them.
        progress: Is told how far it is.
    """
    reader.export_record_json(out, list(head.items()), list(tail.items()), progress=progress)


def is_json_lines(target: Path | Writable) -> bool:
    """Whether a file of this name holds one object a line: `.jsonl`, compressed or not."""
    if not isinstance(target, Path):
        return False
    return target.name.lower().removesuffix(".gz").removesuffix(".zst").endswith(".jsonl")


def write_json_lines(
    reader: Reader,
    out: Path | Writable,
    table: Literal["epochs", "steps"],
    progress: OnProgress | None,
) -> None:
    """Writes a table as JSON Lines, one object a row.

    Args:
        reader: The run.
        out: Where to.
        table: ``"epochs"`` or ``"steps"``.
        progress: Is told how far it is.
    """
    reader.export_json_lines(out, table, progress=progress)


def write_steps_json(
    reader: Reader, out: Path | Writable, head: Mapping[str, Any], progress: OnProgress | None
) -> None:
    """Writes the steps, one list a column.

    Args:
        reader: The run.
        out: Where to.
        head: What stands before the steps.
        progress: Is told how far it is.
    """
    reader.export_steps_json(out, list(head.items()), [], progress=progress)
