"""What can be done with a run's files as a whole: check, repair, pack. None changes the run."""

from __future__ import annotations

import os
from typing import Any

from tachograph import _core

__all__ = ["pack", "repair", "verify"]


def verify(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Reads every byte of a run and checks it.

    Args:
        path: The run's directory, or its .tacho file.

    Returns:
        As `Run.report`, with `ok` and the number of `frames`.

    Raises:
        RunNotFoundError: There is no run.
        OSError: It cannot be read.
    """
    return _core.verify(path)


def repair(source: str | os.PathLike[str], target: str | os.PathLike[str]) -> dict[str, Any]:
    """Writes what can be read of a run into a new, closed run.

    Args:
        source: The run's directory, or its .tacho file.
        target: The directory of the new run. What the run says of itself, its id too, stays as it
            was.

    Returns:
        As `verify`, with `lossy`: whether rows were lost.

    Raises:
        RunNotFoundError: There is no run.
        RunExistsError: The target holds a run.
        OSError: One cannot be read, or the other written.
    """
    return _core.repair(source, target)


def pack(source: str | os.PathLike[str], target: str | os.PathLike[str]) -> dict[str, Any]:
    """Writes one self-contained file of a live, crashed or closed run.

    Args:
        source: The run's directory, or its .tacho file.
        target: The file.

    Returns:
        `rows` and `bytes`.

    Raises:
        RunNotFoundError: There is no run.
        OSError: One cannot be read, or the other written.
    """
    return _core.pack(source, target)
