"""Event files of TensorBoard, written by the core; TensorBoard itself is not needed."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from tachograph._core import Reader
from tachograph.export.target import OnProgress, checked_path

__all__ = ["write_events"]

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
    # TensorBoard takes whatever has "tfevents" in its name. The same run gives the same name, so
    # that a second export doubles no point.
    safe = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "_" for c in run_id)
    name = f"events.out.tfevents.{safe[:_RUN_ID_CHARS]}.tachograph"
    target = checked_path(log_dir, "log_dir") / name
    given = {key: values for key, values in configurations.items() if values != {}}
    reader.export_events(target, list(_flat(given)), progress=progress)
    return target


def _flat(values: Mapping[Any, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and value:
            yield from _flat(value, f"{name}.")
        else:
            yield name, value
