"""How long steps take, and how many steps and samples a second that makes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from time import perf_counter_ns

from tachograph.exceptions import InvalidArgumentError

__all__ = ["Throughput"]

_WINDOW = 20
_NS = 1e9


class Throughput:
    """The time from one step's end to the next one's, and rates from it.

    A step's time so includes all that the loop does for it: the loading of its batch too. What the
    loop does between epochs belongs to no step, and `pause` says so: the step after it has no
    time, it only starts the clock again. `epoch` pauses by itself. A break that nobody announces,
    such as an evaluation amid an epoch, counts in that step and in the epoch's rates; the running
    rates are medians over the latest steps, which one long step does not move.

    It is the host's time. On an accelerator the host runs ahead of the device, and waits for it
    where its queue is full: single steps may look short, the rates over many are right.
    """

    def __init__(
        self, *, window: int = _WINDOW, clock: Callable[[], int] = perf_counter_ns
    ) -> None:
        """Starts without a step.

        Args:
            window: Steps that the running rates are taken over.
            clock: What tells the time, in nanoseconds; it never goes back.

        Raises:
            InvalidArgumentError: A window without a step.
        """
        if window < 1:
            raise InvalidArgumentError(
                f"window must be at least 1 step: {window}", argument="window"
            )
        self._clock = clock
        self._last_ns: int | None = None
        self._times_ns: deque[int] = deque(maxlen=window)
        # Samples a nanosecond: batches differ, and their times with them.
        self._rates: deque[float] = deque(maxlen=window)
        self._clear_epoch()

    def step(self, samples: int | None = None) -> None:
        """Takes note that a step ended.

        Args:
            samples: How many samples it was of; None where that is not known.

        Raises:
            InvalidArgumentError: Fewer than no samples.
        """
        if samples is not None and samples < 0:
            raise InvalidArgumentError(
                f"samples is how many the step was of, 0 or more: {samples}", argument="samples"
            )
        now, last = self._clock(), self._last_ns
        self._last_ns = now
        if last is None:
            return
        time_ns = now - last
        self._times_ns.append(time_ns)
        self._n_steps += 1
        self._steps_ns += time_ns
        if samples is not None:
            if time_ns:
                self._rates.append(samples / time_ns)
            self._n_samples += samples
            self._samples_ns += time_ns

    def pause(self) -> None:
        """Says that what comes until the next step ends belongs to no step."""
        self._last_ns = None

    def running(self) -> dict[str, float]:
        """The latest steps.

        Returns:
            `step_time_ms`, the last step's time in milliseconds; `steps_per_second` and
            `samples_per_second`, medians over the window. What is not known is absent: everything
            before the second step, the samples where no step told them.
        """
        if not self._times_ns:
            return {}
        found = {"step_time_ms": self._times_ns[-1] / 1e6}
        if middle := _median(self._times_ns):
            found["steps_per_second"] = _NS / middle
        if self._rates:
            found["samples_per_second"] = _NS * _median(self._rates)
        return found

    def epoch(self) -> dict[str, float]:
        """The steps since the last call, all together; the next epoch begins, after a pause.

        Returns:
            `step_time_ms`, their mean time in milliseconds; `steps_per_second` and
            `samples_per_second`, the sums of steps and samples by the time they took. Absent as in
            `running`; the first step of an epoch, which has no time, is in neither sum.
        """
        found: dict[str, float] = {}
        if self._n_steps:
            found["step_time_ms"] = self._steps_ns / self._n_steps / 1e6
        if self._steps_ns:
            found["steps_per_second"] = _NS * self._n_steps / self._steps_ns
        if self._samples_ns:
            found["samples_per_second"] = _NS * self._n_samples / self._samples_ns
        self._clear_epoch()
        self.pause()
        return found

    def _clear_epoch(self) -> None:
        self._n_steps = self._steps_ns = 0
        self._n_samples = self._samples_ns = 0


def _median(values: deque[int] | deque[float]) -> float:
    ordered = sorted(values)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) / 2
