"""Tells what a source is, and imports it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tachograph.exceptions import InvalidArgumentError, RunNotFoundError, UnsupportedFormatError
from tachograph.export.target import checked_path
from tachograph.importers.csv_file import import_csv
from tachograph.importers.event_files import import_tensorboard
from tachograph.importers.import_report import ImportReport, SourceKind
from tachograph.importers.record_file import import_record
from tachograph.importers.source_tree import EVENT_MARK, kinds_in, places_below, sources_at
from tachograph.importers.wandb_file import import_wandb

__all__ = ["import_any", "kind_of_source", "planned_imports", "size_of_source"]

_ENDINGS: Final[dict[str, SourceKind]] = {
    ".csv": "csv",
    ".csv.gz": "csv",
    ".csv.zst": "csv",
    ".json": "record",
    ".json.gz": "record",
    ".json.zst": "record",
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
        ArgumentTypeError: An argument has the wrong type.
        RunNotFoundError: There is nothing.
        UnsupportedFormatError: It is of no kind that is known.
    """
    path = checked_path(source, "source")
    if path.is_dir():
        kinds = kinds_in({entry.name for entry in path.iterdir() if entry.is_file()})
        # Where there is none, the importer says where else event files may be.
        return kinds[0] if kinds else "tensorboard"
    if not path.exists():
        raise RunNotFoundError(f"nothing to import at {path}", path=path)
    name = path.name.lower()
    if EVENT_MARK in name:
        return "tensorboard"
    for ending, kind in _ENDINGS.items():
        if name.endswith(ending):
            return kind
    message = (
        "not known by its name: event files have tfevents in theirs, others end in "
        f"{', '.join(_ENDINGS)}: {path}"
    )
    raise UnsupportedFormatError(message, path=path)


def size_of_source(source: str | os.PathLike[str]) -> int:
    """Bytes of the files that an import of event files or of W&B would read, for progress."""
    path = checked_path(source, "source")
    if path.is_file():
        return path.stat().st_size
    files = [*path.glob("*tfevents*"), *path.glob("run-*.wandb")]
    return sum(file.stat().st_size for file in files if file.is_file())


def planned_imports(
    source: str | os.PathLike[str],
    dest: str | os.PathLike[str],
    *,
    kind: SourceKind | None = None,
) -> list[tuple[Path, Path]]:
    """Which runs a source holds, and where each is to go.

    A file is one run, as is a directory without others below it. If there are some below, as in a
    directory that TensorBoard is given, each is a run below `dest`, at the same relative path; one
    that has others below it is called by its own name there.

    Args:
        source: See `kind_of_source`.
        dest: The directory of the new run, or that of all of them.
        kind: Only what is of this kind.

    Returns:
        Pairs for `import_any`.

    Raises:
        ArgumentTypeError: An argument has the wrong type.
        OSError: A directory cannot be read.
    """
    root, target = checked_path(source, "source"), checked_path(dest, "dest")
    sources = list(sources_at(root, kind)) if root.is_dir() else []
    if sources in ([], [root]):
        return [(root, target)]
    places = places_below(root, sources)
    return [(path, target / place) for path, place in zip(sources, places, strict=True)]


def import_any(
    source: str | os.PathLike[str],
    dest: str | os.PathLike[str],
    *,
    kind: SourceKind | None = None,
    merge_within_secs: float = 1.0,
    on_progress: Callable[[int], None] | None = None,
    one_of_many: bool = False,
) -> ImportReport:
    """Makes a run of whatever the source is.

    Args:
        source: See `kind_of_source`.
        dest: The directory of the new run, which must not exist.
        kind: What the source is; told from it if not given.
        merge_within_secs: For event files, see `import_tensorboard`.
        on_progress: For event files and W&B, is told how many bytes were read so far.
        one_of_many: For event files, see `import_tensorboard`.

    Returns:
        What was read, and what was left out.

    Raises:
        ArgumentTypeError: An argument has the wrong type.
        InvalidArgumentError: There is no such kind.
        RunNotFoundError, RunExistsError, RecordFormatError, UnsupportedFormatError, OSError: As the
            importer of the kind says.
    """
    chosen = kind_of_source(source) if kind is None else kind
    match chosen:
        case "tensorboard":
            return import_tensorboard(
                source,
                dest,
                merge_within_secs=merge_within_secs,
                on_progress=on_progress,
                one_of_many=one_of_many,
            )
        case "wandb":
            return import_wandb(source, dest, on_progress=on_progress)
        case "csv":
            return import_csv(source, dest)
        case "record":
            return import_record(source, dest)
    listed = "'tensorboard', 'csv', 'record', 'wandb'"
    raise InvalidArgumentError(f"kind must be one of {listed}, not {chosen!r}", argument="kind")
