"""How many threads a training on the CPU takes beside the processes that make its batches."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from tachograph._optional import require

__all__ = ["threads_beside"]


@contextmanager
def threads_beside(workers: int) -> Iterator[int]:
    """Gives torch the processors that the workers leave, one at least, and no more than it had.

    Threads that wait for each other spin; where they are more than the processors, a batch of a
    small model takes many times as long. Afterwards torch has its threads back.

    Args:
        workers: Processes beside this one.

    Yields:
        How many threads there are.

    Raises:
        MissingExtraError: torch is not installed.
    """
    torch = require("torch", "torch")
    before = torch.get_num_threads()
    left = min(before, max(_processors() - workers, 1))
    torch.set_num_threads(left)
    try:
        yield left
    finally:
        torch.set_num_threads(before)


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):  # those that this process may use; not on every system
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
