"""Rows whose values are still on a device: written when those have come, in order of logging."""

from __future__ import annotations

import math
import os
import threading
import time
import warnings
from collections import deque
from contextlib import suppress
from typing import Final, NamedTuple, Protocol

from tachograph.exceptions import (
    InvalidArgumentError,
    RecorderClosedError,
    RecordingWarning,
    UnsupportedValueError,
)
from tachograph.recorder.device_copies import DeviceCopies

__all__ = ["MAX_PENDING", "LateWriter", "PendingRows"]

MAX_PENDING: Final = 16
"""How many rows of a recorder may be pending; a call beyond that waits for the oldest."""

# How long a thread that waits for a device sleeps: at first, and at most. The first is about what
# it takes a device to be asked; the most is below what the work of `MAX_PENDING` steps takes, so
# that a device has work left when the wait for its oldest row ends.
_FIRST_NAP_SECS: Final = 50e-6
_LONGEST_NAP_SECS: Final = 2e-3
# How often the thread beside the training looks for rows that no call came back for.
_WATCH_SECS: Final = 0.05


_REFUSALS: Final = (InvalidArgumentError, UnsupportedValueError)


class LateWriter(Protocol):
    """What can log more of an earlier call."""

    def _log_late(self, step: int, wall_micros: int, metrics: dict[str, float | int]) -> None: ...

    def __hash__(self) -> int: ...


class _Row(NamedTuple):
    number: int
    step: int
    wall_micros: int
    copies: DeviceCopies


# Recorders with pending rows, which must not go before their rows are written.
_kept_alive: set[LateWriter] = set()


class PendingRows:
    """The pending rows of one recorder.

    They are written by the calls that bring more, read, or end something, and by a thread that
    looks after them as long as there are any. Any thread may do so, one at a time; none keeps the
    turn while it waits for a device.
    """

    def __init__(self) -> None:
        self._pid = os.getpid()
        self._rows: deque[_Row] = deque()
        self._n_added = 0
        self._n_done = 0
        """The last row that is in the log, or lost: one that was taken to be written is not yet."""
        # Both may be taken again by a signal's handler that runs within their holder.
        self._changing = threading.RLock()
        self._writing = threading.RLock()
        self._watcher: threading.Thread | None = None
        self._raised: Exception | None = None
        self._lost = 0
        self._why_lost: str | None = None
        self._is_loss_told = False

    def __len__(self) -> int:
        return self._n_added - self._n_done

    @property
    def lost(self) -> int:
        """Rows that were lost because their device failed, or their values could not be kept."""
        return self._lost

    def add(self, writer: LateWriter, step: int, wall_micros: int, copies: DeviceCopies) -> None:
        """Takes a row, and writes those that have come; waits if there are too many.

        Args:
            writer: The recorder of these rows.
            step: The step of the row's call.
            wall_micros: Its time, in microseconds since 1970 UTC.
            copies: The values.

        Raises:
            LogIOError: With ``on_error="raise"``, when a row could not be kept.
        """
        with self._changing:
            self._n_added += 1
            self._rows.append(_Row(self._n_added, step, wall_micros, copies))
            _kept_alive.add(writer)
            if copies.can_be_watched and self._watcher is None:
                watcher = threading.Thread(
                    target=self._watch, args=(writer,), name="tachograph-pending", daemon=True
                )
                with suppress(RuntimeError):  # none to be had, as when the interpreter exits
                    watcher.start()
                    self._watcher = watcher
        self.settle(writer, at_most=MAX_PENDING)

    def settle(
        self, writer: LateWriter, *, at_most: float = 0, timeout: float | None = None
    ) -> bool:
        """Writes the rows whose values have come, and waits while more than some are left.

        Args:
            writer: The recorder of these rows.
            at_most: How many of the rows that are there now may stay; infinity waits for none.
            timeout: Seconds to wait at most; None for as long as it takes.

        Returns:
            Whether no more are left of them.

        Raises:
            LogIOError: With ``on_error="raise"``, when a row could not be kept.
        """
        if os.getpid() != self._pid:
            return True  # the device and the rows are the parent's, as the locks may be
        settled = not len(self) or self._write_rows(writer, at_most, timeout)
        self._tell()
        return settled

    def collect(self, writer: LateWriter, *, at_most: float = math.inf) -> None:
        """As `settle`, for who only reads: what goes wrong is told by the next call that logs."""
        if os.getpid() != self._pid or not len(self):
            return
        try:
            self._write_rows(writer, at_most, None)
        except Exception as error:  # noqa: BLE001 -- kept, not lost
            self._raised = error

    def _write_rows(self, writer: LateWriter, at_most: float, timeout: float | None) -> bool:
        newest = self._n_added  # rows that are added from now on are not this call's
        goal = newest - at_most
        deadline = math.inf if timeout is None else time.monotonic() + timeout
        nap = _FIRST_NAP_SECS
        while self._take_turn(goal, deadline):
            try:
                self._write_arrived(writer, goal, newest)
                oldest = self._oldest()
            finally:
                self._writing.release()
            # Whoever has the turn knows that what is not among the rows any more is written, or
            # that this thread was writing it when a signal's handler brought it here.
            if oldest is None or oldest.number > goal:
                return True
            if time.monotonic() >= deadline:
                return False
            time.sleep(nap)
            nap = min(2 * nap, _LONGEST_NAP_SECS)
        return self._n_done >= goal

    def _take_turn(self, goal: float, deadline: float) -> bool:
        """Waits for another thread's turn only if there is something to wait for."""
        if self._n_done >= goal:
            return self._oldest() is not None and self._writing.acquire(blocking=False)
        if deadline == math.inf:
            return self._writing.acquire()
        return self._writing.acquire(timeout=max(0.0, deadline - time.monotonic()))

    def _write_arrived(self, writer: LateWriter, goal: float, newest: int) -> None:
        while (row := self._oldest()) is not None and row.number <= newest:
            if not row.copies.are_there():
                if row.number > goal or row.copies.tell_when_there:
                    return
                # Getting one waits for all of the device's work, which brings the others too.
                goal = newest
            self._write(writer, row)

    def _oldest(self) -> _Row | None:
        with suppress(IndexError):
            return self._rows[0]
        return None

    def _write(self, writer: LateWriter, row: _Row) -> None:
        values, failure = None, None
        try:
            values = row.copies.values()
        except Exception as error:  # noqa: BLE001 -- a device fails in words of its own
            failure = error
        # Taken before it is written: a signal's handler that closes the recorder in between must
        # not write it a second time.
        try:
            with self._changing:
                if self._oldest() is not row:
                    return
                self._rows.popleft()
            if values is None:
                self._lose(f"step {row.step}: the device failed: {failure}")
            else:
                self._log(writer, row, values)
        except RecorderClosedError as closed:
            self._lose(f"step {row.step}: {closed}")
        finally:
            self._n_done = max(self._n_done, row.number)
            with self._changing:
                if not self._rows:
                    _kept_alive.discard(writer)

    def _log(self, writer: LateWriter, row: _Row, values: dict[str, float | int]) -> None:
        try:
            writer._log_late(row.step, row.wall_micros, values)  # noqa: SLF001 -- the package's own
        except _REFUSALS as refusal:
            if len(values) > 1:
                # One metric that cannot be kept does not take the others of its call with it.
                for name, value in values.items():
                    with suppress(*_REFUSALS):
                        writer._log_late(row.step, row.wall_micros, {name: value})  # noqa: SLF001
            self._lose(f"step {row.step}: {refusal}")

    def _lose(self, why: str) -> None:
        self._lost += 1
        self._why_lost = self._why_lost or why

    def _tell(self) -> None:
        """Says in a call that logs what went wrong in whichever thread."""
        raised, self._raised = self._raised, None
        if raised is not None:
            raise raised
        if self._why_lost is not None and not self._is_loss_told:
            self._is_loss_told = True
            message = (
                f"recording goes on without values from a device: {self._why_lost}. What could "
                "not be kept is counted in recorder.status.dropped."
            )
            warnings.warn(message, RecordingWarning, stacklevel=5)  # the call of log_step

    def _watch(self, writer: LateWriter) -> None:
        """Writes the rows that no call comes back for; ends when there are none."""
        while True:
            time.sleep(_WATCH_SECS)
            self.collect(writer)
            with self._changing:
                if not self._rows:
                    self._watcher = None
                    return
