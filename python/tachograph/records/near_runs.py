"""What may have been meant where there is no run."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from tachograph.exceptions import RunNotFoundError
from tachograph.records.log_file import is_run

__all__ = ["with_runs_below"]

_SHOWN = 3


def with_runs_below(error: RunNotFoundError, place: Path) -> RunNotFoundError:
    """The same error; of a directory that has runs below it, with some of their paths.

    Args:
        error: What opening the place raised.
        place: The path as the caller named it.
    """
    try:
        found = [str(run) for run in islice(_runs_below(place), _SHOWN + 1)]
    except OSError:  # a place that cannot be looked at is no reason for another error
        return error
    if not found:
        return error
    names = ", ".join(found[:_SHOWN]) + (", ..." if len(found) > _SHOWN else "")
    return RunNotFoundError(f"{error}; there are runs below it: {names}", path=error.path or place)


def _runs_below(place: Path) -> Iterator[Path]:
    """Runs one or two levels below, as `runs/<experiment>/<run id>` is, and packed ones."""
    for level in ("*", "*/*"):
        for path in sorted(place.glob(level)):
            if is_run(path):
                yield path
