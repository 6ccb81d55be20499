"""Directories that hold runs of others, and those below them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

from tachograph.importers.import_report import SourceKind
from tachograph.records.log_file import LOG_NAME

__all__ = ["EVENT_MARK", "LIGHTNING_CSV", "kinds_in", "places_below", "sources_at"]

EVENT_MARK: Final = "tfevents"
"""What the names of event files contain."""

LIGHTNING_CSV: Final = "metrics.csv"
"""What Lightning's CSVLogger calls its file."""


def kinds_in(files: Collection[str]) -> list[SourceKind]:
    """What the files of a directory are, by their names; what has most of the run first."""
    kinds: list[SourceKind] = []
    # W&B may have event files beside its run file, which has more of the run.
    if any(name.endswith(".wandb") for name in files):
        kinds.append("wandb")
    if any(EVENT_MARK in name for name in files):
        kinds.append("tensorboard")
    if LIGHTNING_CSV in files:
        kinds.append("csv")
    return kinds


def sources_at(root: Path, kind: SourceKind | None = None) -> Iterator[Path]:
    """The directories, `root` and those below it, whose files are a run.

    Args:
        root: A directory.
        kind: Only those with files of this kind.

    Yields:
        Each directory before those below it. What links lead to twice comes once; what is below a
        directory of W&B, or of a run of ours, belongs to that.

    Raises:
        OSError: A directory cannot be read.
    """
    seen = set()
    left = [root]
    while left:
        directory = left.pop()
        real = directory.resolve()
        if real in seen:
            continue
        seen.add(real)
        entries = list(directory.iterdir())
        files = {entry.name for entry in entries if entry.is_file()}
        if LOG_NAME in files:
            continue
        kinds = kinds_in(files)
        if kind in kinds or (kind is None and kinds):
            yield directory
        if kind is None and "wandb" in kinds:
            continue
        below = [entry for entry in entries if entry.is_dir()]
        # The last is taken first: by name, links behind what they may lead to.
        left += sorted(below, key=lambda path: (path.is_symlink(), path.name), reverse=True)


def places_below(root: Path, sources: list[Path]) -> list[Path]:
    """Where below a directory of runs each source goes.

    Args:
        root: What the sources lie in.
        sources: As `sources_at` has them.

    Returns:
        Relative paths: that of the source; one that has others below it is called by its own name
        there, since no run lies in another.
    """
    places = []
    for source, following in zip(sources, [*sources[1:], None], strict=True):
        place = source.relative_to(root)
        if following is not None and source in following.parents:
            name = source.resolve().name
            while (source / name).exists():
                name += "_"
            place /= name
        places.append(place)
    return places
