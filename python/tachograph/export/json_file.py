"""JSON of a run, written by the core: strict, streamed, renamed into place."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal

from tachograph._core import Reader
from tachograph.export.target import prepared

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
    path: str | os.PathLike[str],
    head: Mapping[str, Any],
    tail: Mapping[str, Any],
) -> Path:
    """Writes the complete record: `head`, then ``epochs``, then `tail`.

    Args:
        reader: The run.
        path: The file; parent directories are made.
        head: What stands before the epochs.
        tail: What stands after them.

    Returns:
        The file's path.
    """
    target = prepared(path)
    reader.export_record_json(str(target), list(head.items()), list(tail.items()))
    return target


def is_json_lines(path: str | os.PathLike[str]) -> bool:
    """Whether a file of this name holds one object a line: `.jsonl`, compressed or not."""
    name = Path(path).name.lower()
    return name.removesuffix(".gz").removesuffix(".zst").endswith(".jsonl")


def write_json_lines(
    reader: Reader, path: str | os.PathLike[str], table: Literal["epochs", "steps"]
) -> Path:
    """Writes a table as JSON Lines, one object a row.

    Args:
        reader: The run.
        path: The file; parent directories are made.
        table: ``"epochs"`` or ``"steps"``.

    Returns:
        The file's path.
    """
    target = prepared(path)
    reader.export_json_lines(str(target), table)
    return target


def write_steps_json(reader: Reader, path: str | os.PathLike[str], head: Mapping[str, Any]) -> Path:
    """Writes the steps, one list a column.

    Args:
        reader: The run.
        path: The file; parent directories are made.
        head: What stands before the steps.

    Returns:
        The file's path.
    """
    target = prepared(path)
    reader.export_steps_json(str(target), list(head.items()), [])
    return target
