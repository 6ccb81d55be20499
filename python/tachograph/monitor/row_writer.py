"""Where a monitor's rows go."""

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

__all__ = ["RowWriter"]


class RowWriter:
    """Writes rows to a recorder, on the ranks that record.

    Args:
        recorder: The recorder; None for a monitor that is only asked for its latest row.
        every_rank: Whether ranks other than 0 of a distributed job record as well.
    """

    def __init__(self, recorder: TrainingRecorder | None, *, every_rank: bool) -> None:
        self._recorder = recorder
        self._every_rank: Final = every_rank
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
            self._recorder._epoch_sources.add(source)  # noqa: SLF001 -- the recorder's own ears

    def leave(self, source: EpochSource) -> None:
        """No longer; the recorder is let go."""
        if self._recorder is not None:
            self._recorder._epoch_sources.discard(source)  # noqa: SLF001 -- as above
            self._recorder = None

    def write(self, step: int, wall_micros: int, row: Row) -> None:
        """Records a row; a recorder that was closed meanwhile is let go, with a warning."""
        recorder: Any = self._recorder
        if recorder is None or not self.records:
            return
        try:
            recorder._log_late(step, wall_micros, row)  # noqa: SLF001 -- leaves the loop's own count alone
        except RecorderClosedError as error:
            self._recorder = None
            message = f"the monitor records nothing from step {step} on: {error}"
            warnings.warn(message, RecordingWarning, stacklevel=2)


def _rank() -> int:
    distributed = torch.distributed
    if distributed.is_available() and distributed.is_initialized():
        rank: int = distributed.get_rank()
        return rank
    return 0
