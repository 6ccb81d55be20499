"""Where a monitor's rows go."""

# ruff: noqa: SLF001 -- a monitor is a part of the recorder that logs, outside of its package

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from tachograph._optional import require
from tachograph.exceptions import RecorderClosedError, RecordingWarning
from tachograph.monitor.deferred import Row

if TYPE_CHECKING:
    from tachograph.recorder import TrainingRecorder
    from tachograph.recorder.epoch_sources import EpochSource

torch = require("torch", "torch")

__all__ = ["RowWriter", "next_step"]


class RowWriter:
    """Writes rows to a recorder, on the ranks that record.

    Args:
        recorder: The recorder; None for a monitor that is only asked for its latest row.
        every_rank: Whether ranks other than 0 of a distributed job record as well.
    """

    def __init__(self, recorder: TrainingRecorder | None, *, every_rank: bool) -> None:
        self._recorder = recorder
        self._every_rank: Final = every_rank
        self._first_step: Final = -1 if recorder is None else next_step(recorder)
        self._last_step: int | None = None
        self._log: Callable[[int, int, Row], None] | None = None
        self._is_known = recorder is None
        """Whether it is known that this process records, or that it does not."""

    def join(self, source: EpochSource) -> None:
        """Lets the recorder ask for an epoch's values, and say when it is closed."""
        if self._recorder is not None:
            self._recorder._epoch_sources.add(source)

    def leave(self, source: EpochSource) -> None:
        """No longer; the recorder is let go.

        Where nobody else has logged steps, its count goes on behind those of the monitor.
        """
        recorder, self._recorder, self._log = self._recorder, None, None
        if recorder is None:
            return
        recorder._epoch_sources.discard(source)
        last = self._last_step
        if last is not None and not recorder._closed and next_step(recorder) == self._first_step:
            recorder._set_next_step(last + 1)

    def write(self, step: int, wall_micros: int, row: Row) -> None:
        """Records a row; a recorder that was closed meanwhile is let go, with a warning."""
        if not self._is_known:
            self._find_out()
        log = self._log
        if log is None:
            return
        try:
            log(step, wall_micros, row)
            self._last_step = step
        except RecorderClosedError as error:
            self._log = None
            message = f"the monitor records nothing from step {step} on: {error}"
            warnings.warn(message, RecordingWarning, stacklevel=2)

    def _find_out(self) -> None:
        """Asked when the first row is there: a job may be joined after the monitor is attached."""
        self._is_known = True
        if self._recorder is not None and (self._every_rank or _rank() == 0):
            self._log = self._log_late

    def _log_late(self, step: int, wall_micros: int, row: Row) -> None:
        """Leaves the loop's own count of steps alone."""
        recorder: Any = self._recorder
        recorder._log_late(step, wall_micros, row)
        if not recorder._unopened:  # or its method changes with the first row
            self._log = recorder._log_late


def next_step(recorder: TrainingRecorder) -> int:
    """The step that the recorder's `step=None` stands for."""
    if recorder._unopened:  # of a run that was loaded the core has no log yet
        return recorder._position().next_step
    return recorder._next_step


def _rank() -> int:
    distributed = torch.distributed
    if distributed.is_available() and distributed.is_initialized():
        rank: int = distributed.get_rank()
        return rank
    return 0
