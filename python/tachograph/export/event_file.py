"""Event files of TensorBoard, written by the core; TensorBoard itself is not needed."""

# ruff: noqa: SLF001 -- what the core's writer offers to the package is private to it

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from tachograph._core import Reader, Writer
from tachograph.export.target import OnProgress, checked_path

__all__ = ["write_events", "write_scalars"]

_RUN_ID_CHARS: Final = 128  # those of the longest


def write_events(
    reader: Reader,
    log_dir: str | os.PathLike[str],
    run_id: str,
    configurations: Mapping[str, Any],
    *,
    progress: OnProgress | None,
) -> Path:
    """Writes a run as one event file, which replaces that of an earlier export.

    Args:
        reader: The run.
        log_dir: The directory for TensorBoard's ``--logdir``; made where it is missing.
        run_id: The run's id, a part of the file's name.
        configurations: Hyperparameters; nested names are joined by dots.
        progress: Is told how far it is.

    Returns:
        The file's path.
    """
    target = _event_file(log_dir, run_id)
    given = {key: values for key, values in configurations.items() if values != {}}
    reader.export_events(target, list(_flat(given)), progress=progress)
    return target


def write_scalars(
    rows: Iterable[tuple[int, Mapping[str, float]]], log_dir: str | os.PathLike[str], name: str
) -> Path:
    """Writes scalars that belong to no run as one event file, which replaces that of before.

    Args:
        rows: The step of each event, and its scalars by tag. All get the wall time of now.
        log_dir: As for `write_events`.
        name: A part of the file's name.

    Returns:
        The file's path.
    """
    target = _event_file(log_dir, name)
    # A run in memory whose metrics are called as the tags: those of a step keep their names.
    writer = Writer()
    writer._open(None, run_id=name, create=True)
    try:
        for step, scalars in rows:
            writer.log_step(step, scalars)
        writer._reader().export_events(target, [], progress=None)
    finally:
        writer._close()
    return target


def _event_file(log_dir: str | os.PathLike[str], run_id: str) -> Path:
    # TensorBoard takes whatever has "tfevents" in its name. The same run gives the same name, so
    # that a second export doubles no point.
    safe = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "_" for c in run_id)
    name = f"events.out.tfevents.{safe[:_RUN_ID_CHARS]}.tachograph"
    return checked_path(log_dir, "log_dir") / name


def _flat(values: Mapping[Any, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and value:
            yield from _flat(value, f"{name}.")
        else:
            yield name, value
