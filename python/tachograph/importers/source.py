"""Tells what a source is, and imports it."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Final

from tachograph.exceptions import InvalidArgumentError, RunNotFoundError, UnsupportedFormatError
from tachograph.importers.csv_file import import_csv
from tachograph.importers.event_files import import_tensorboard
from tachograph.importers.import_report import ImportReport, SourceKind
from tachograph.importers.record_file import import_record
from tachograph.importers.wandb_file import import_wandb

__all__ = ["import_any", "kind_of_source", "size_of_source"]

_MARK = "tfevents"
_ENDINGS: Final[dict[str, SourceKind]] = {
    ".csv": "csv",
    ".csv.gz": "csv",
    ".json": "record",
    ".pkl": "record",
    ".pickle": "record",
    ".wandb": "wandb",
}


def kind_of_source(source: str | os.PathLike[str]) -> SourceKind:
    """Tells what a source is, by what it is and by its name.

    Args:
        source: An event file or a directory of them, a CSV file or a directory with `metrics.csv`,
            a record as JSON or pickle, a run file of W&B or its directory.

    Raises:
        RunNotFoundError: There is nothing.
        UnsupportedFormatError: It is of no kind that is known.
    """
    path = Path(source)
    if path.is_dir():
        return _kind_of_directory({entry.name for entry in path.iterdir()})
    if not path.exists():
        raise RunNotFoundError(f"nothing to import at {path}", path=path)
    name = path.name.lower()
    if _MARK in name:
        return "tensorboard"
    for ending, kind in _ENDINGS.items():
        if name.endswith(ending):
            return kind
    message = (
        "not known by its name: event files have tfevents in theirs, others end in "
        f"{', '.join(_ENDINGS)}: {path}"
    )
    raise UnsupportedFormatError(message, path=path)


def _kind_of_directory(names: Collection[str]) -> SourceKind:
    # A directory of W&B may have event files beside its run file, which has more of the run.
    if any(name.endswith(".wandb") for name in names):
        return "wandb"
    if "metrics.csv" in names and not any(_MARK in name for name in names):
        return "csv"
    # Where there are none, the importer says where else event files may be.
    return "tensorboard"


def size_of_source(source: str | os.PathLike[str]) -> int:
    """Bytes of the files that an import of event files or of W&B would read, for progress."""
    path = Path(source)
    if path.is_file():
        return path.stat().st_size
    files = [*path.glob("*tfevents*"), *path.glob("run-*.wandb")]
    return sum(file.stat().st_size for file in files if file.is_file())


def import_any(
    source: str | os.PathLike[str],
    dest: str | os.PathLike[str],
    *,
    kind: SourceKind | None = None,
    merge_within_secs: float = 1.0,
    on_progress: Callable[[int], None] | None = None,
) -> ImportReport:
    """Makes a run of whatever the source is.

    Args:
        source: See `kind_of_source`.
        dest: The directory of the new run, which must not exist.
        kind: What the source is; told from it if not given.
        merge_within_secs: For event files, see `import_tensorboard`.
        on_progress: For event files and W&B, is told how many bytes were read so far.

    Returns:
        What was read, and what was left out.

    Raises:
        InvalidArgumentError: There is no such kind.
        RunNotFoundError, RunExistsError, RecordFormatError, UnsupportedFormatError, OSError: As the
            importer of the kind says.
    """
    chosen = kind_of_source(source) if kind is None else kind
    match chosen:
        case "tensorboard":
            return import_tensorboard(
                source, dest, merge_within_secs=merge_within_secs, on_progress=on_progress
            )
        case "wandb":
            return import_wandb(source, dest, on_progress=on_progress)
        case "csv":
            return import_csv(source, dest)
        case "record":
            return import_record(source, dest)
    listed = "'tensorboard', 'csv', 'record', 'wandb'"
    raise InvalidArgumentError(f"kind must be one of {listed}, not {chosen!r}", argument="kind")
