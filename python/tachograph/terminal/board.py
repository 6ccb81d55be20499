"""Where bars are shown: one board a stream, drawn by one thread, however many bars it has."""

from __future__ import annotations

import atexit
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Protocol, TextIO

from rich.console import Console

from tachograph.overview.glance import Glance
from tachograph.terminal.drawing import Drawing, Lines, is_terminal
from tachograph.terminal.epoch_table import EpochTable

__all__ = ["Bar", "Board", "show_on"]

_REDRAW_SECS = 0.25
_JOIN_SECS = 2.0
_FORK_SECS = 1.0


class Bar(Protocol):
    """What a board asks of a bar."""

    name: str
    metrics: list[str] | None
    table: EpochTable | None
    glance: Glance

    def look(self) -> bool:
        """Reads the log; whether there is more to come."""


class Board:
    """The bars of one stream."""

    def __init__(self, stream: TextIO) -> None:
        """Shows nothing yet.

        Args:
            stream: Where the bars are shown.
        """
        self.stream = stream
        self.lock = threading.RLock()
        self._bars: list[Bar] = []
        self._shown: Drawing | Lines | None = None
        self._thread: threading.Thread | None = None
        self._wake = threading.Event()

    def add(self, bar: Bar) -> None:
        """Shows a bar; the first one starts the thread."""
        with self.lock:
            self._bars.append(bar)
            _boards[id(self.stream)] = self
            if self._thread is None:
                self._shown = _way_to_show(self.stream)
                self._wake = threading.Event()
                self._thread = threading.Thread(
                    target=self._run, args=(self._wake,), name="tachograph progress", daemon=True
                )
                self._thread.start()

    def remove(self, bar: Bar) -> None:
        """Draws a bar for the last time; the last one ends the thread. Else does nothing."""
        with self.lock:
            if bar not in self._bars:
                return
            self._look(bar)
            self._take_off(bar)
            thread = None if self._bars else self._end()
        if thread is not None and thread is not threading.current_thread():
            thread.join(_JOIN_SECS)

    def close(self) -> None:
        """Takes every bar off."""
        for bar in list(self._bars):
            self.remove(bar)

    def forget(self) -> None:
        """In a forked child: there is no thread here, and the terminal is the parent's."""
        if self._shown is not None:
            self._shown.forget()
        self._bars, self._shown, self._thread = [], None, None
        self.lock = threading.RLock()

    def _run(self, wake: threading.Event) -> None:
        while not wake.wait(_REDRAW_SECS):
            with self.lock:
                if wake.is_set():
                    return
                for bar in list(self._bars):
                    if not self._look(bar):
                        self._take_off(bar)
                if not self._bars:
                    self._end()
                    return
                self._show(lambda shown: shown.draw(self._bars))

    def _show(self, act: Callable[[Drawing | Lines], None]) -> None:
        """Shows something, as long as there is where to."""
        if self._shown is None:
            return
        try:
            act(self._shown)
        except Exception:  # noqa: BLE001 -- a training must not end for its bar
            # The terminal is gone, or the stream closed: nobody looks any more, which is no error.
            shown, self._shown = self._shown, None
            shown.forget()

    def _look(self, bar: Bar) -> bool:
        """Reads a bar's log; a bar whose log cannot be read is taken off, which is said."""
        try:
            goes_on = bar.look()
        except Exception as error:  # noqa: BLE001 -- a training must not end for its bar
            text = f"progress of {bar.name!r} stopped: {error}"
            self._show(lambda shown: shown.say(text))
            return False
        for line in () if bar.table is None else bar.table.new_lines():
            self._show(lambda shown, line=line: shown.say(line))  # type: ignore[misc]
        return goes_on

    def _take_off(self, bar: Bar) -> None:
        self._bars.remove(bar)
        self._show(lambda shown: shown.finish(bar, self._bars))

    def _end(self) -> threading.Thread | None:
        self._show(lambda shown: shown.stop())
        self._wake.set()
        _boards.pop(id(self.stream), None)  # or it would keep the stream alive
        thread, self._thread, self._shown = self._thread, None, None
        return thread


def _way_to_show(stream: TextIO) -> Drawing | Lines:
    # A notebook's streams are no terminals; there, too, lines are what works everywhere. Rich takes
    # a pipe for a terminal where FORCE_COLOR is set.
    if is_terminal(stream):
        console = Console(file=stream, force_jupyter=False)
        if not console.is_dumb_terminal:
            return Drawing(console)
    return Lines(stream)


_boards: dict[int, Board] = {}
_boards_lock = threading.Lock()


def show_on(stream: TextIO, bar: Bar) -> Board:
    """Shows a bar on the board of a stream; a new one where nothing is shown yet."""
    with _boards_lock:
        board = _boards.get(id(stream))
        if board is None:
            board = Board(stream)
        board.add(bar)
        return board


@atexit.register
def _close_all() -> None:
    """The terminal is left as it was found, whoever forgot to close."""
    for board in list(_boards.values()):
        board.close()


def _before_fork() -> None:
    # A thread that holds a lock of the terminal while a child is made would leave it locked there.
    deadline = time.monotonic() + _FORK_SECS
    held = _held[threading.get_ident()] = []
    for lock in [board.lock for board in list(_boards.values())]:
        if lock.acquire(timeout=max(0.0, deadline - time.monotonic())):
            held.append(lock)  # noqa: PERF401 -- what is held is known even if this is interrupted


def _after_fork_in_parent() -> None:
    for lock in _held.pop(threading.get_ident(), ()):
        lock.release()


def _after_fork_in_child() -> None:
    global _boards_lock  # noqa: PLW0603 -- it may have been held by a thread that is not here
    _boards_lock = threading.Lock()
    for board in list(_boards.values()):
        board.forget()
    _boards.clear()
    _held.clear()


# By thread: several may fork at once, and each lets go of what it holds itself.
_held: dict[int, list[threading.RLock]] = {}
if sys.platform != "win32":
    os.register_at_fork(
        before=_before_fork,
        after_in_parent=_after_fork_in_parent,
        after_in_child=_after_fork_in_child,
    )
