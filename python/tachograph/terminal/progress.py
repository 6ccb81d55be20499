"""`recorder.progress`: a bar for a training, drawn by a thread that reads the log."""

from __future__ import annotations

import os
import sys
import weakref
from collections.abc import Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Any, TextIO, cast

from rich.file_proxy import FileProxy

from tachograph.exceptions import ArgumentTypeError, InvalidArgumentError
from tachograph.overview.glance import Glance, glance_of
from tachograph.overview.totals import PROGRESS_KEY
from tachograph.records.checked_names import checked_names
from tachograph.records.queries import RecordQueries
from tachograph.terminal.board import show_on
from tachograph.terminal.epoch_table import EpochTable

if TYPE_CHECKING:
    from typing import Self

__all__ = ["Progress", "progress"]

# What launchers call a process's place in a distributed job, the most specific first.
_RANK_VARIABLES = ("RANK", "SLURM_PROCID", "OMPI_COMM_WORLD_RANK", "PMI_RANK")


class Progress:
    """A bar that is shown until `close`, or until its recorder is closed or gone."""

    def __init__(
        self,
        recorder: RecordQueries,
        *,
        total_steps: int | None,
        metrics: list[str] | None,
        table: EpochTable | None,
        stream: TextIO | None,
    ) -> None:
        """Made by `progress`; with no stream it shows nothing.

        Args:
            recorder: Whose log is read.
            total_steps: How many steps there will be.
            metrics: Which metrics are shown; None for all that were logged last.
            table: What prints epochs; None for none.
            stream: Where it is shown.
        """
        # Weak: a bar must not keep alive a recorder that its program has let go.
        self._recorder = weakref.ref(recorder)
        self._pid = os.getpid()
        self.name: str = recorder._experiment_record().name  # noqa: SLF001 -- as queries do
        self.metrics = metrics
        self.total_steps = total_steps
        self.table = table
        self.glance = Glance()
        self.closed = False
        self._board = None if stream is None else show_on(stream, self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Shows how far it came and takes the bar off. A second call does nothing."""
        self.closed = True
        if self._board is not None and os.getpid() == self._pid:
            self._board.remove(self)

    def look(self) -> bool:
        """Reads the log; whether there is more to come."""
        recorder = self._recorder()
        if recorder is None:
            return False
        # Asked first: rows logged before the recorder was closed are then sure to be seen.
        is_open = not getattr(recorder, "_closed", False)
        self.glance = glance_of(
            recorder,
            total_steps=self.total_steps,
            metrics=self.metrics or (),
            is_live=is_open and not self.closed,  # its last line says what came, not what is left
        )
        if self.table is not None:
            self.table.look(recorder)
        return is_open


def progress(
    recorder: Any,
    total_steps: int | None = None,
    *,
    metrics: Iterable[str] | None = None,
    epoch_table: bool = False,
    file: TextIO | None = None,
) -> Progress:
    """Shows a training's progress; `TrainingRecorder.progress` says how.

    Args:
        recorder: The recorder.
        total_steps: How many steps there will be; None where the training configuration says so,
            or nobody knows.
        metrics: Names of the metrics to show; None for all that were logged last.
        epoch_table: Whether each epoch prints a row of a table.
        file: Where; None for standard error.

    Raises:
        ArgumentTypeError: An argument has the wrong type.
        InvalidArgumentError: `total_steps` is not positive.
        RecorderClosedError: It is given, and the recorder is closed, or this is a forked child.
    """
    if file is not None and not (hasattr(file, "write") and hasattr(file, "flush")):
        message = f"file must be a stream of text, not {type(file).__name__}"
        raise ArgumentTypeError(message, argument="file")
    checked = None if total_steps is None else _checked_total(total_steps)
    wanted = None if metrics is None else checked_names(metrics, "metrics")
    is_shown = not recorder._disabled and is_first_rank()  # noqa: SLF001 -- its own convenience
    if checked is not None and is_shown:
        recorder._ensure_open()  # noqa: SLF001 -- of a loaded run, its next attempt says it
        recorder._put(PROGRESS_KEY, {"total_steps": checked})  # noqa: SLF001
    stream = _unwrapped(sys.stderr if file is None else file) if is_shown else None
    table = EpochTable(recorder, wanted) if epoch_table else None
    return Progress(recorder, total_steps=checked, metrics=wanted, table=table, stream=stream)


def is_first_rank() -> bool:
    """Whether this process is the one of a distributed job that speaks for all, or alone."""
    for variable in _RANK_VARIABLES:
        rank = os.environ.get(variable, "")
        if rank.isdecimal():
            return int(rank) == 0
    return True


def _unwrapped(stream: TextIO) -> TextIO:
    """The stream itself, where an earlier bar has put its own in place of it."""
    while isinstance(stream, FileProxy):
        stream = cast("TextIO", stream.rich_proxied_file)
    return stream


def _checked_total(total_steps: Any) -> int:
    if isinstance(total_steps, bool) or not hasattr(total_steps, "__index__"):
        message = f"total_steps must be an int, not {type(total_steps).__name__}"
        raise ArgumentTypeError(message, argument="total_steps")
    total = int(total_steps.__index__())
    if total < 1:
        message = f"total_steps must be at least 1, not {total}"
        raise InvalidArgumentError(message, argument="total_steps")
    return total
