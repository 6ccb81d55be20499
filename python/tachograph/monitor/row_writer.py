"""Where a monitor's rows go."""

# ruff: noqa: SLF001 -- a monitor is a part of the recorder that logs, outside of its package

from __future__ import annotations

import warnings
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
        self._is_mine: bool | None = None

    @property
    def records(self) -> bool:
        """Whether rows of this process are recorded."""
        if self._is_mine is None:
            # Asked when the first row is there: a job may be joined after the monitor is attached.
            self._is_mine = self._every_rank or _rank() == 0
        return self._recorder is not None and self._is_mine

    def join(self, source: EpochSource) -> None:
        """Lets the recorder ask for an epoch's values, and say when it is closed."""
        if self._recorder is not None:
            self._recorder._epoch_sources.add(source)

    def leave(self, source: EpochSource) -> None:
        """No longer; the recorder is let go.

        Where nobody else has logged steps, its count goes on behind those of the monitor.
        """
        recorder, self._recorder = self._recorder, None
        if recorder is None:
            return
        recorder._epoch_sources.discard(source)
        last = self._last_step
        if last is not None and not recorder._closed and next_step(recorder) == self._first_step:
            recorder._set_next_step(last + 1)

    def write(self, step: int, wall_micros: int, row: Row) -> None:
        """Records a row; a recorder that was closed meanwhile is let go, with a warning."""
        recorder: Any = self._recorder
        if recorder is None or not self.records:
            return
        try:
            recorder._log_late(step, wall_micros, row)  # which leaves the loop's own count alone
            self._last_step = step
        except RecorderClosedError as error:
            self._recorder = None
            message = f"the monitor records nothing from step {step} on: {error}"
            warnings.warn(message, RecordingWarning, stacklevel=2)


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
