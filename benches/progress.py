"""What a bar costs a training that it shows.

    python benches/progress.py

The same loop of `log_step` with ten metrics, with a bar and without one, in turns; once as fast as
it goes, once with about fifty microseconds of NumPy a step. A bar's thread looks four times
a second, so a turn takes about one. Medians; `own` is processor time of the training's own thread,
which a busy machine does not stretch. The terminal that is drawn on throws away what it gets.
"""

import gc
import io
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from time import perf_counter_ns, thread_time_ns
from typing import TextIO

import numpy as np

from report import Report, options
from tachograph import TrainingRecorder
from tachograph.bench.calls import metrics_row

Turn = Callable[[TrainingRecorder, int], tuple[float, float]]


class Screen(io.StringIO):
    """A terminal that nobody looks at."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        return len(text)


def as_fast_as_it_goes(recorder: TrainingRecorder, n: int) -> tuple[float, float]:
    """Nanoseconds a step: of the clock, and of the processor in this thread."""
    row = metrics_row(10)
    log = recorder.log_step
    begin, begin_own = perf_counter_ns(), thread_time_ns()
    for step in range(n):
        log(step, row)
    return (perf_counter_ns() - begin) / n, (thread_time_ns() - begin_own) / n


def with_arithmetic(recorder: TrainingRecorder, n: int) -> tuple[float, float]:
    """As above, with steps that take most of it."""
    row = metrics_row(10)
    log = recorder.log_step
    weights = np.random.default_rng(0).standard_normal(5_000)
    begin, begin_own = perf_counter_ns(), thread_time_ns()
    for step in range(n):
        np.sort(weights)
        log(step, row)
    return (perf_counter_ns() - begin) / n, (thread_time_ns() - begin_own) / n


def measure(report: Report, root: Path, name: str, turn: Turn, *, n: int, repeats: int) -> None:
    streams: dict[str, Callable[[], TextIO | None]] = {
        "none": lambda: None,
        "on a terminal": Screen,
        "in a pipe": io.StringIO,
    }
    spans: dict[str, list[tuple[float, float]]] = {label: [] for label in streams}
    for _ in range(repeats):
        for label, make in streams.items():
            stream = make()
            gc.collect()  # the last turn's recorder
            with ExitStack() as stack:
                recorder = stack.enter_context(
                    TrainingRecorder("bar", dir=root, capture_environment=False)
                )
                if stream is not None:
                    stack.enter_context(recorder.progress(n, file=stream))
                spans[label].append(turn(recorder, n))
    without = np.median(spans["none"], axis=0)
    for label, nanos in spans.items():
        wall, own = np.median(nanos, axis=0).tolist()
        report.add(
            step=name,
            bar=label,
            ns_a_step=wall,
            ratio=float(wall / without[0]),
            own_ns_a_step=own,
            own_ratio=float(own / without[1]),
        )


def main() -> None:
    arguments = options(__doc__).parse_args()
    small = arguments.smoke
    report = Report("a training with a bar")
    with tempfile.TemporaryDirectory(dir=arguments.dir) as directory:
        root = Path(directory)
        repeats = 2 if small else 5
        n = 100_000 if small else 600_000
        measure(report, root, "nothing else", as_fast_as_it_goes, n=n, repeats=repeats)
        n = 500 if small else 3_000
        measure(report, root, "arithmetic", with_arithmetic, n=n, repeats=repeats)
    report.print(as_json=arguments.json)


if __name__ == "__main__":
    main()
