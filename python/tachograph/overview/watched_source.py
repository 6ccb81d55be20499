"""Where the epochs of a watched training come from: a history, its file, a recorder, a run."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeAlias

from tachograph.curves import Record, Source, opened
from tachograph.exceptions import ArgumentTypeError, RecordFormatError
from tachograph.monitor.history_file import DEFAULT_HISTORY, read_history
from tachograph.overview.monitored_epochs import MonitoredEpochs, epochs_of_history, epochs_of_run
from tachograph.records.log_file import is_run

__all__ = ["WatchedSource", "opened_epochs"]

WatchedSource: TypeAlias = "Source | Mapping[str, Any] | MonitoredEpochs"

_OTHER_RECORDS = frozenset({".tacho", ".pkl", ".pickle"})


@contextmanager
def opened_epochs(source: WatchedSource) -> Iterator[MonitoredEpochs]:
    """The epochs of a source; the run at a path is open meanwhile.

    Args:
        source: A history as `read_history` returns it, the path of its file, a recorder, a run, the
            path of one, or epochs that are read already. A directory that is no run may hold a
            ``training_history.json``.

    Raises:
        ArgumentTypeError: It is none of these, or a history of another shape.
        InvalidArgumentError: An epoch of a history has no label that is an integer.
        RunNotFoundError: There is nothing at the path.
        RecordFormatError: A file is neither a history nor a record.
        OSError: It cannot be read.
    """
    if isinstance(source, MonitoredEpochs):
        yield source
    elif isinstance(source, Mapping):
        yield epochs_of_history(source)
    elif isinstance(source, Record | str | os.PathLike):
        with ExitStack() as stack:
            yield _read(source, stack)
    else:
        message = (
            "history must be a dict of 'train' and 'val', a recorder, a run, or the path of a "
            f"history or of a run, not {type(source).__name__}"
        )
        raise ArgumentTypeError(message, argument="history")


def _read(source: Source, stack: ExitStack) -> MonitoredEpochs:
    path = None if isinstance(source, Record) else _file_of(Path(source))
    if path is None or path.is_dir() or path.suffix.lower() in _OTHER_RECORDS:
        (run,) = stack.enter_context(opened(source))
        return epochs_of_run(run)
    try:
        return epochs_of_history(read_history(path), path.name)
    except RecordFormatError as error:
        try:
            (run,) = stack.enter_context(opened(path))
        except RecordFormatError:
            # The history is what was asked for; that it is no record either helps nobody.
            raise error from None
        return epochs_of_run(run)


def _file_of(path: Path) -> Path:
    """The history in a directory that has one and is no run; else what is given."""
    inside = path / DEFAULT_HISTORY.name
    return inside if inside.is_file() and not is_run(path) else path
