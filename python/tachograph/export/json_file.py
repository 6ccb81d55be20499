"""JSON of a run, written by the core: strict, streamed, renamed into place."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from tachograph._core import Reader
from tachograph.export.target import prepared

__all__ = ["FORMAT_VERSION", "write_record_json", "write_steps_json"]

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
