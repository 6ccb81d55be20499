"""Recorders that are open when the interpreter exits are closed."""

from __future__ import annotations

import atexit
import time
from contextlib import suppress
from typing import Protocol
from weakref import WeakSet

__all__ = ["close_at_exit"]

_BUDGET_SECS = 5.0


class Closable(Protocol):
    """What can be closed within a time."""

    def close(self, timeout: float | None = None) -> bool:
        """Closes."""

    def __hash__(self) -> int: ...


_open: WeakSet[Closable] = WeakSet()


def close_at_exit(recorder: Closable) -> None:
    """Closes a recorder when the interpreter exits, unless it is gone by then."""
    _open.add(recorder)


@atexit.register
def _close_all() -> None:
    deadline = time.monotonic() + _BUDGET_SECS
    for recorder in list(_open):
        # Nothing is lost where it fails: what was logged is with the kernel already.
        with suppress(Exception):
            recorder.close(timeout=max(0.0, deadline - time.monotonic()))
