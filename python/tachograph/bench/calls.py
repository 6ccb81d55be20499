"""Timing calls of `log_step` beside calls of an empty Python function.

What is compared takes turns in one process, so that a busy machine is busy for both. The time of a
call includes the loop around it, on both sides.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from time import perf_counter_ns

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Log",
    "Metrics",
    "busy_thread",
    "empty",
    "in_turns",
    "metric_names",
    "metrics_row",
    "single_calls",
    "time_shared",
]

Metrics = Mapping[str, float]
Log = Callable[[int, Metrics], object]


def empty(step: int, metrics: Metrics) -> None:
    """The control: a call that does nothing."""


def metric_names(count: int) -> list[str]:
    """Names as trainings have them; new string objects at each call."""
    return [f"metric_{index:02d}/value" for index in range(count)]


def metrics_row(count: int, seed: int = 0) -> dict[str, float]:
    """A row of metrics that single precision could hold, as most metrics are."""
    values = np.random.default_rng(seed).standard_normal(count).astype(np.float32)
    return dict(zip(metric_names(count), values.tolist(), strict=True))


def time_shared(log: Log, row: Metrics, n: int) -> float:
    """Nanoseconds a call, the same dictionary at each."""
    begin = perf_counter_ns()
    for i in range(n):
        log(i, row)
    return (perf_counter_ns() - begin) / n


def in_turns(
    measure: Callable[[Log], float], log: Log, repeats: int
) -> tuple[list[float], list[float]]:
    """What `measure` says of the control and of `log`, in turns.

    Returns:
        The figures of the control and those of `log`.
    """
    control, logged = [], []
    for _ in range(repeats):
        control.append(measure(empty))
        logged.append(measure(log))
    return control, logged


def single_calls(log: Log, row: Metrics, n: int) -> NDArray[np.int64]:
    """Nanoseconds of each of `n` calls by itself, the clock's own cost included."""
    spans = np.full(n, -1, dtype=np.int64)  # touched now, so that no page of it faults in the loop
    for i in range(n):
        begin = perf_counter_ns()
        log(i, row)
        spans[i] = perf_counter_ns() - begin
    return spans


@contextmanager
def busy_thread() -> Iterator[None]:
    """Another Python thread that never rests, as a data loader may be."""
    done = threading.Event()

    def spin() -> None:
        number = 0
        while not done.is_set():
            number += 1

    thread = threading.Thread(target=spin, name="busy", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
