"""Who watches functions of torch, which are exchanged while anybody does."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar
from weakref import WeakSet

from tachograph.monitor.function_swap import FunctionSwap

__all__ = ["Watchers"]

Watcher = TypeVar("Watcher")


class Watchers(Generic[Watcher]):
    """Watchers, for as long as they live.

    Args:
        make_swaps: Makes the swaps of what they watch, when the first of them comes.
    """

    def __init__(self, make_swaps: Callable[[], Iterable[FunctionSwap]]) -> None:
        self._make_swaps = make_swaps
        self._swaps: tuple[FunctionSwap, ...] | None = None
        self._watchers: WeakSet[Watcher] = WeakSet()
        self._lock = threading.RLock()

    def __iter__(self) -> Iterator[Watcher]:
        """Those that there are now; one may come or go meanwhile."""
        return iter(tuple(self._watchers))

    def add(self, watcher: Watcher) -> None:
        """Tells a watcher of each call from now on."""
        with self._lock:
            self._watchers.add(watcher)
            if self._swaps is None:
                self._swaps = tuple(self._make_swaps())
            for swap in self._swaps:
                swap.put()

    def discard(self, watcher: Watcher) -> None:
        """No longer; the functions are as they were when the last watcher has gone."""
        with self._lock:
            self._watchers.discard(watcher)
            if not self._watchers:
                for swap in self._swaps or ():
                    swap.take_out()
