"""Which steps are measured, under which number, and how long they took."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tachograph.monitor.deferred import Row

__all__ = ["StepClock"]


class StepClock:
    """Counts the steps of a training.

    Args:
        start: The number of the first step.
        number: Says the present step's number, in place of counting.
        every: One in how many steps is measured.
        batch_size: Samples of one step; None where nobody has said.
    """

    def __init__(
        self,
        start: int,
        number: Callable[[], int] | None,
        every: int,
        batch_size: int | None,
    ) -> None:
        self.every = every
        """One in how many steps is measured, from the first on."""
        self._start: Final = start
        self._number: Final = number
        self._batch_size: Final = batch_size
        self._n_steps = 0
        self._last: tuple[int, int] | None = None

    @property
    def is_due(self) -> bool:
        """Whether the step that comes is measured."""
        return self._n_steps % self.every == 0

    def pass_by(self) -> None:
        """A step that is not measured."""
        self._n_steps += 1

    def begin(self, nanos: int, row: Row) -> tuple[int, int]:
        """A step that is measured.

        Args:
            nanos: When it began, on a clock that only goes forward.
            row: Gets the time since the measured step before, for one step, and the throughput.

        Returns:
            Its number, and the nanoseconds since the measured step before, 0 where there was none.
        """
        count = self._n_steps
        self._n_steps = count + 1
        step = self._start + count if self._number is None else int(self._number())
        last = self._last
        self._last = count, nanos
        if last is None:
            return step, 0
        past = nanos - last[1]
        if past <= 0:
            return step, 0
        seconds = past / (count - last[0]) * 1e-9
        row["step_time"] = seconds
        row["steps_per_second"] = 1.0 / seconds
        if self._batch_size is not None:
            row["samples_per_second"] = self._batch_size / seconds
        return step, past

    def pause(self) -> None:
        """Something else comes between two steps: the next one's time would not be its own."""
        self._last = None
