"""Rows on their way from a device to the log."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from tachograph._optional import require
from tachograph.monitor.deferred import Deferred, Row

if TYPE_CHECKING:
    from torch import Tensor

torch = require("torch", "torch")

__all__ = ["Outlet"]

_DEPTH: Final = 8
"""Rows that wait at most; with one more, the oldest is waited for: the device is that many steps
behind, and would be waited for somewhere else soon."""


class _Waiting(NamedTuple):
    step: int
    wall_micros: int
    row: Row
    later: list[Deferred]
    numbers: Tensor
    arrived: Any
    """An event of the device; None where there are none, and a read waits by itself."""


class Outlet:
    """Hands rows over when their numbers have come, in the order of their steps.

    Args:
        complete: Called with the step, its time (microseconds since 1970 UTC) and the row.
    """

    def __init__(self, complete: Callable[[int, int, Row], None]) -> None:
        self._complete: Final = complete
        self.waiting: Final[deque[_Waiting]] = deque()
        """The rows that are on their way, oldest first."""

    def put(self, step: int, wall_micros: int, row: Row, later: list[Deferred]) -> None:
        """Takes a row, with what of it is still on a device.

        One copy that nobody waits for brings all of that to the host; the rows of earlier steps
        that have come meanwhile are handed over.
        """
        waiting = self.waiting
        if waiting:
            self._hand_over_arrived()
        if not later:
            if waiting:
                waiting.append(_Waiting(step, wall_micros, row, [], torch.empty(0), None))
            else:
                self._complete(step, wall_micros, row)
            return
        device = next((one.values.device for one in later if not one.values.is_cpu), None)
        if device is None:
            for one in later:
                one.take(row, one.values.tolist())
            self.put(step, wall_micros, row, [])
            return
        numbers, arrived = _sent(later, device)
        waiting.append(_Waiting(step, wall_micros, row, later, numbers, arrived))

    def drain(self) -> None:
        """Waits for what is on its way, and hands it over."""
        while self.waiting:
            self._hand_over()

    def _hand_over_arrived(self) -> None:
        waiting = self.waiting
        while waiting and (
            len(waiting) >= _DEPTH or waiting[0].arrived is None or waiting[0].arrived.query()
        ):
            self._hand_over()

    def _hand_over(self) -> None:
        step, wall_micros, row, later, numbers, arrived = self.waiting.popleft()
        if arrived is not None:
            arrived.synchronize()
        values = numbers.tolist()
        start = 0
        for one in later:
            end = start + one.values.numel()
            one.take(row, values[start:end])
            start = end
        self._complete(step, wall_micros, row)


def _sent(later: list[Deferred], device: Any) -> tuple[Tensor, Any]:
    """Gathers numbers on a device, and sends them to the host without waiting."""
    wide = torch.float32 if device.type == "mps" else torch.float64
    with torch.no_grad():
        parts = [one.values.to(device, wide, non_blocking=True) for one in later]
        gathered = parts[0] if len(parts) == 1 else torch.cat(parts)
        if device.type != "cuda":
            return gathered, None  # read at the next step; without events nothing tells when
        # Page-locked, since a copy to other memory would wait; torch keeps such blocks for reuse.
        numbers = torch.empty(gathered.shape, dtype=wide, pin_memory=True)
        numbers.copy_(gathered, non_blocking=True)
        arrived = torch.cuda.Event()
        arrived.record(torch.cuda.current_stream(device))
    return numbers, arrived
