"""Finds the run that a command line names."""

import os
from pathlib import Path

from tachograph.cli.output import warn
from tachograph.exceptions import RunNotFoundError
from tachograph.overview.wording import printable
from tachograph.records.log_file import is_run

# `runs/<experiment>/<run id>`: runs lie at most two levels below the directory that a user names.
_DEPTH = 2


def find_runs(root: Path) -> list[Path]:
    """Every run at `root` or below it, by path.

    Raises:
        RunNotFoundError: There is no `root`.
        OSError: It cannot be read.
    """
    if not os.path.lexists(root):
        raise RunNotFoundError(f"no run and no directory: {root}", path=root)
    return [root] if is_run(root) else sorted(_runs_below(root, _DEPTH))


def _runs_below(directory: Path, depth: int) -> list[Path]:
    found = []
    for path in directory.iterdir():
        if is_run(path):
            found.append(path)
        elif depth > 1 and path.is_dir():
            try:
                found += _runs_below(path, depth - 1)
            except PermissionError:
                warn(f"cannot look into {printable(path)}")
    return found


def locate(path: Path) -> Path:
    """The run that the path means: itself, or the one written last below it.

    Raises:
        RunNotFoundError: There is none.
    """
    if is_run(path) or not path.is_dir():
        return path
    runs = find_runs(path)
    if not runs:
        raise RunNotFoundError(f"no run in {path}", path=path)
    newest = max(runs, key=_last_written)
    if len(runs) > 1:
        warn(f"{printable(path)} holds {len(runs)} runs; taking the last, {printable(newest)}")
    return newest


def size_of(run: Path) -> int:
    """Bytes of all files of a run."""
    if run.is_file():
        return run.stat().st_size
    return sum(file.lstat().st_size for file in run.rglob("*") if not file.is_dir())


def _last_written(run: Path) -> int:
    """Time of the last write to any of the log's files."""
    if run.is_file():
        return run.stat().st_mtime_ns
    with os.scandir(run) as entries:
        return max(entry.stat(follow_symlinks=False).st_mtime_ns for entry in entries)
