"""What may have been meant where there is no run."""

from __future__ import annotations

from itertools import chain, islice
from pathlib import Path

from tachograph.exceptions import RunNotFoundError
from tachograph.records.log_file import LOG_NAME

__all__ = ["with_runs_below"]

_SHOWN = 3


def with_runs_below(error: RunNotFoundError, place: Path) -> RunNotFoundError:
    """The same error; of a directory that has runs below it, with some of their paths.

    Args:
        error: What opening the place raised.
        place: The path as the caller named it.
    """
    # `runs/<experiment>/<run id>`: whoever names a directory of runs is one or two levels above.
    logs = chain(place.glob(f"*/{LOG_NAME}"), place.glob(f"*/*/{LOG_NAME}"))
    found = [str(log.parent) for log in islice(logs, _SHOWN + 1)]
    if not found:
        return error
    names = ", ".join(sorted(found)[:_SHOWN]) + (", ..." if len(found) > _SHOWN else "")
    return RunNotFoundError(f"{error}; there are runs below it: {names}", path=error.path or place)
