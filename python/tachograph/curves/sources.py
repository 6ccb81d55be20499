"""What people give to be drawn: recorders, runs, paths, or a list of them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any, TypeAlias

from tachograph.exceptions import ArgumentTypeError
from tachograph.recorder.loading.files import kind_of
from tachograph.recorder.training_recorder import TrainingRecorder
from tachograph.records.run import Run

__all__ = ["Record", "Source", "opened"]

Record: TypeAlias = TrainingRecorder | Run
Source: TypeAlias = "Record | str | os.PathLike[str]"


@contextmanager
def opened(source: Source | Iterable[Source]) -> Iterator[list[Record]]:
    """Opens what is a path, for as long as the context lasts; recorders and runs stay as they are.

    Args:
        source: A recorder, a run, a path, or several of them in a list. A path is a run's
            directory, a .tacho file, or a record as JSON or pickle.

    Yields:
        Recorders and runs, in order.

    Raises:
        ArgumentTypeError: Something is none of these.
        RunNotFoundError: There is nothing at a path.
        RecordFormatError: A file is no training record.
        OSError: It cannot be read.
    """
    with ExitStack() as stack:
        yield [_opened(one, stack) for one in _listed(source)]


def _listed(source: Any) -> list[Any]:
    if isinstance(source, Record | str | os.PathLike):
        return [source]
    if isinstance(source, Iterable) and not isinstance(source, bytes):
        return list(source)
    raise _no_source(source)


def _opened(one: Any, stack: ExitStack) -> Record:
    if isinstance(one, Record):
        return one
    if not isinstance(one, str | os.PathLike):
        raise _no_source(one)
    path = Path(one)
    if kind_of(path) in ("run", "log"):
        return stack.enter_context(Run(path))
    return stack.enter_context(closing(TrainingRecorder.load(path)))


def _no_source(given: object) -> ArgumentTypeError:
    message = (
        "source must be a recorder, a run, the path of one, or a list of them, not "
        f"{type(given).__name__}"
    )
    return ArgumentTypeError(message, argument="source")
