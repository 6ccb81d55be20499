"""A terminal to look at: a process on a pseudo-terminal, and the screen that it leaves."""

import fcntl
import math
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time

import pyte
import pytest

from tachograph.terminal import board, drawing

WAIT_SECS = 60


@pytest.fixture(autouse=True)
def _in_own_directory(own_directory):
    pass


@pytest.fixture(autouse=True)
def _on_a_slow_machine_as_on_a_quick_one(monkeypatch):
    """Lines come when a bar ends, and an ending thread is waited for however long it takes."""
    monkeypatch.setattr(drawing, "_LINE_SECS", math.inf)
    monkeypatch.setattr(board, "_JOIN_SECS", WAIT_SECS)


class Terminal:
    """A process whose standard streams are a terminal of some size."""

    def __init__(self, code, *, columns=100, rows=24, **environment):
        self.screen = pyte.Screen(columns, rows)
        self.raw = b""
        self._stream = pyte.ByteStream(self.screen)
        self._fd, child = pty.openpty()
        fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        modes = termios.tcgetattr(child)
        modes[3] &= ~termios.ECHO  # what `go_on` types is not to be seen
        termios.tcsetattr(child, termios.TCSANOW, modes)
        self.process = subprocess.Popen(
            [sys.executable, "-c", code],
            stdin=child,
            stdout=child,
            stderr=child,
            start_new_session=True,
            env={**os.environ, "TERM": "xterm-256color", "PYTHONUTF8": "1", **environment},
        )
        os.close(child)

    @property
    def text(self):
        return "\n".join(line.rstrip() for line in self.screen.display).rstrip()

    def read_until(self, holds):
        """Reads on until `holds(text)`, or the process ends; whether it held."""
        deadline = time.monotonic() + WAIT_SECS
        while not holds(self.text):
            assert time.monotonic() < deadline, self.text
            if not select.select([self._fd], [], [], 0.1)[0]:
                continue
            try:
                data = os.read(self._fd, 65536)
            except OSError:  # the other end is closed
                return holds(self.text)
            self.raw += data
            self._stream.feed(data)
        return True

    def go_on(self):
        """Types the line that the program waits for."""
        os.write(self._fd, b"\n")

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)

    def finish(self):
        """Reads to the end; the exit code."""
        self.read_until(lambda _text: False)
        return self.process.wait(WAIT_SECS)

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self._fd)


@pytest.fixture
def on_terminal():
    """Starts a program on a terminal."""
    made = []

    def start(code, **options):
        made.append(Terminal(code, **options))
        return made[-1]

    yield start
    for terminal in made:
        terminal.close()


@pytest.fixture
def start_program():
    """Starts a program with pipes."""

    def start(code):
        return subprocess.Popen(
            [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    return start
