"""The two ways in which bars are shown: drawn on a terminal, or as lines anywhere else."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TextIO

from rich.console import Console, Group
from rich.file_proxy import FileProxy
from rich.live import Live
from rich.text import Text

from tachograph.overview.wording import printable
from tachograph.terminal.pace_line import characters_of, pace_line, plain_line, values_line

if TYPE_CHECKING:
    from tachograph.terminal.board import Bar

__all__ = ["Drawing", "Lines", "is_terminal"]

_LINE_SECS = 5.0
_LINE_CHARS = 1000


def is_terminal(stream: Any) -> bool:
    """Whether a stream is one; what is closed, or can do no more than write, is none."""
    try:
        return bool(stream.isatty())
    except (AttributeError, OSError, ValueError):
        return False


class _Above(FileProxy):
    """Stands in place of a standard stream: whole lines go above the bars.

    Where the bars' terminal is gone, to the stream itself: what the program prints is not lost, nor
    refused, for its bar.
    """

    def __init__(self, console: Console, file: TextIO) -> None:
        super().__init__(console, file)
        self._begun = ""

    def write(self, text: str) -> int:
        """Takes in some text; a line is shown when it is whole."""
        lines, newline, self._begun = (self._begun + text).rpartition("\n")
        if newline:
            self._show(lines)
        return len(text)

    def flush(self) -> None:
        """Shows a line that was begun."""
        begun, self._begun = self._begun, ""
        if begun:
            self._show(begun)

    def _show(self, lines: str) -> None:
        try:
            super().write(lines + "\n")
        except Exception:  # noqa: BLE001 -- a program's print must not fail for its bar
            self.rich_proxied_file.write(lines + "\n")


class Drawing:
    """Bars that stay at the foot of a terminal; what else is printed moves up above them."""

    def __init__(self, console: Console) -> None:
        """Draws nothing yet.

        Args:
            console: The terminal.
        """
        self._console = console
        self._live = Live(
            console=console,
            auto_refresh=False,
            vertical_overflow="ellipsis",
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._above: dict[str, _Above] = {}
        self._bar = characters_of(console.encoding)
        self._is_started = False

    def draw(self, bars: Sequence[Bar]) -> None:
        """Draws all bars anew, in one write.

        Raises:
            ValueError: The terminal is gone. Rich would not notice: it keeps what it cannot write,
                and what the program prints with it.
        """
        if self._is_started and not is_terminal(self._console.file):
            raise ValueError("the terminal is gone")
        if not self._is_started:
            self._live.start()
            self._is_started = True
            self._redirect()
        lines = [line for bar in bars for line in self._lines(bar)]
        self._live.update(Group(*lines), refresh=True)

    def finish(self, bar: Bar, others: Sequence[Bar]) -> None:
        """Leaves a bar's last state above the others."""
        if self._is_started and not others:
            self.draw([bar])
            return
        self._print(*self._lines(bar))
        if others:
            self.draw(others)

    def say(self, text: str) -> None:
        """Prints a line above the bars."""
        shown = printable(text, max_chars=_LINE_CHARS)
        self._print(Text(shown, no_wrap=True, overflow="ellipsis"))

    def _print(self, *lines: Text) -> None:
        # As a group: of texts by themselves Rich makes a new one, which wraps.
        self._console.print(Group(*lines))

    def stop(self) -> None:
        """Gives the terminal back."""
        if self._is_started:
            self._live.stop()
            self._is_started = False
        self.forget()

    def forget(self) -> None:
        """Takes back what was put in place of the streams, and writes nothing."""
        for name, above in self._above.items():
            if getattr(sys, name) is above:
                setattr(sys, name, above.rich_proxied_file)
        self._above = {}

    def _redirect(self) -> None:
        for name in ("stdout", "stderr"):
            stream = getattr(sys, name)
            # Where it goes elsewhere, what is printed there must not come here.
            if is_terminal(stream) and not isinstance(stream, FileProxy):
                self._above[name] = _Above(self._console, stream)
                setattr(sys, name, self._above[name])

    def _lines(self, bar: Bar) -> list[Text]:
        width = self._console.width
        first = pace_line(bar.glance, width, name=bar.name, bar=self._bar)
        second = values_line(bar.glance, bar.metrics)
        return [first, second] if second.plain.strip() else [first]


class Lines:
    """Plain lines every few seconds, for pipes, files, notebooks and terminals that cannot draw."""

    def __init__(self, stream: TextIO) -> None:
        """Prints nothing yet.

        Args:
            stream: Where lines go.
        """
        self._stream = stream
        self._printed: dict[int, tuple[float, Any]] = {}

    def draw(self, bars: Sequence[Bar]) -> None:
        """Prints a line of each bar whose last one is old and no longer true."""
        now = time.monotonic()
        for bar in bars:
            begun, said = self._printed.setdefault(id(bar), (now, None))
            state = (bar.glance.step, bar.glance.epoch)
            if now - begun >= _LINE_SECS and state != said:
                self._printed[id(bar)] = now, state
                self.say(plain_line(bar.glance, name=bar.name, metrics=bar.metrics))

    def finish(self, bar: Bar, others: Sequence[Bar]) -> None:  # noqa: ARG002 -- as `Drawing`
        """Prints a bar's last line."""
        self._printed.pop(id(bar), None)
        self.say(plain_line(bar.glance, name=bar.name, metrics=bar.metrics))

    def say(self, text: str) -> None:
        """Prints a line."""
        encoding = getattr(self._stream, "encoding", None) or "utf-8"
        shown = printable(text, max_chars=_LINE_CHARS).encode(encoding, "backslashreplace")
        self._stream.write(shown.decode(encoding) + "\n")
        self._stream.flush()

    def stop(self) -> None:
        """Nothing to give back."""

    def forget(self) -> None:
        """Nothing to take back."""
