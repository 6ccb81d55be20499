"""The measurements, one after the other."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import perf_counter

import numpy as np

from tachograph.bench.calls import (
    busy_thread,
    empty,
    in_turns,
    metrics_row,
    single_calls,
    time_shared,
)
from tachograph.exceptions import RecorderClosedError
from tachograph.recorder import TrainingRecorder
from tachograph.records import Run

__all__ = ["BenchResult", "CallCost", "Progress", "ReadBack", "Settings", "run"]

_COUNTS = (1, 10, 50)
_PERCENTILES = (50, 99, 99.9)
_REPEATS = 7
_USUAL = 10


@dataclass(frozen=True, slots=True)
class Settings:
    """How much is measured.

    Attributes:
        calls: Calls that are timed one by one for each number of metrics.
        rows: Steps of ten metrics that are recorded and read back.
    """

    calls: int = 200_000
    rows: int = 500_000


@dataclass(frozen=True, slots=True)
class CallCost:
    """What a call of `log_step` costs.

    Attributes:
        metrics: Metrics a call.
        busy: Whether another Python thread competed for the interpreter.
        ratio: Median time of a call, as a multiple of a call of an empty Python function.
        call_ns: Nanoseconds a call in a loop, the loop included, one figure a repetition.
        empty_ns: The same of an empty function.
        p50_ns: Of calls that were timed one by one, the clock's own cost included, in nanoseconds.
        p99_ns: So many take no longer in 99 of 100 cases.
        p999_ns: The same in 999 of 1000.
        worst_ns: The longest one.
        empty_worst_ns: The longest call of an empty function: what the system adds to any call.
    """

    metrics: int
    busy: bool
    ratio: float
    call_ns: list[float]
    empty_ns: list[float]
    p50_ns: float
    p99_ns: float
    p999_ns: float
    worst_ns: float
    empty_worst_ns: float


@dataclass(frozen=True, slots=True)
class ReadBack:
    """What recorded rows take, and how quickly they are read.

    Attributes:
        scalars: Scalars recorded.
        bytes: Bytes of all files of the run.
        open_seconds: Until the closed run is open.
        first_metric_seconds: Until one metric is an array, after that.
        megabytes_per_second: Of all metrics as arrays of 64-bit numbers.
    """

    scalars: int
    bytes: int
    open_seconds: float
    first_metric_seconds: float
    megabytes_per_second: float

    @property
    def bytes_per_scalar(self) -> float:
        """Bytes of all files, by scalar."""
        return self.bytes / self.scalars


@dataclass(frozen=True, slots=True)
class BenchResult:
    """All figures."""

    calls: list[CallCost]
    read_back: ReadBack

    @property
    def ratio(self) -> float:
        """The cost of a call with ten metrics as a multiple of an empty call."""
        return next(cost.ratio for cost in self.calls if cost.metrics == _USUAL and not cost.busy)


Progress = Callable[[str], None]


def run(settings: Settings, *, root: Path | None = None, on_part: Progress) -> BenchResult:
    """Measures.

    Args:
        settings: How much.
        root: Where the runs are written, which are removed again; a temporary directory if None.
        on_part: Told what is measured next.
    """
    with tempfile.TemporaryDirectory(prefix="tacho-bench-", dir=root) as directory:
        calls = []
        for count in _COUNTS:
            for busy in (False, True):
                beside = " beside a busy thread" if busy else ""
                on_part(f"log_step, {count} {'metric' if count == 1 else 'metrics'}{beside}")
                calls.append(_call_cost(Path(directory), count, settings.calls, busy=busy))
        on_part("reading back")
        return BenchResult(calls, _read_back(Path(directory), settings.rows))


def _recorder(root: Path) -> TrainingRecorder:
    return TrainingRecorder("bench", dir=root, capture_environment=False)


def _call_cost(root: Path, count: int, n: int, *, busy: bool) -> CallCost:
    row = metrics_row(count)
    each = max(1, n // _REPEATS)
    with busy_thread() if busy else nullcontext(), _recorder(root) as recorder:
        measure = partial(time_shared, row=row, n=each)
        control, logged = in_turns(measure, recorder.log_step, _REPEATS)
        spans = single_calls(recorder.log_step, row, n)
        empty_worst = single_calls(empty, row, n).max()
    p50, p99, p999 = np.percentile(spans, _PERCENTILES)
    return CallCost(
        metrics=count,
        busy=busy,
        ratio=statistics.median(logged) / statistics.median(control),
        call_ns=logged,
        empty_ns=control,
        p50_ns=float(p50),
        p99_ns=float(p99),
        p999_ns=float(p999),
        worst_ns=float(spans.max()),
        empty_worst_ns=float(empty_worst),
    )


def _read_back(root: Path, n: int) -> ReadBack:
    random = np.random.default_rng(0)
    row = metrics_row(_USUAL)
    with _recorder(root) as recorder:
        noise = {name: random.standard_normal(n).astype(np.float32) for name in row}
        recorder.log_steps(np.arange(n), {name: column + 1 for name, column in noise.items()})
    if recorder.path is None:
        raise RecorderClosedError("recording is turned off: unset TACHO_DISABLED to measure it")
    begin = perf_counter()
    with Run(recorder.path) as opened:
        opened_at = perf_counter()
        opened.history(next(iter(row)))
        first_at = perf_counter()
        n_bytes = sum(array.nbytes for name in opened.metrics for array in opened.history(name))
        done_at = perf_counter()
        size = opened.status.bytes
    return ReadBack(
        scalars=n * len(row),
        bytes=size,
        open_seconds=opened_at - begin,
        first_metric_seconds=first_at - opened_at,
        megabytes_per_second=n_bytes / (done_at - first_at) / 1e6,
    )
