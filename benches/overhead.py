"""What a call of `log_step` costs, beside a call of an empty Python function.

    python benches/overhead.py                       # the ratios; p99 of single calls
    python benches/overhead.py --calls 10000000      # the worst single call of ten million
    python benches/overhead.py --peers               # and what others need for the same row

The cost of a call is the gross time of `for i in range(n): log(i, m)`, loop included, beside the
same loop calling an empty Python function with the same arguments. Both take turns, so that both
see the same machine. `shared keys`: one dict. `other keys`: 64 dicts in turn, each with key objects
of its own that only compare equal; the control loop takes the same dicts in turn.
"""

import csv
import importlib
import itertools
import statistics
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter_ns

import numpy as np

from report import Report, options
from tachograph import TrainingRecorder
from tachograph.bench.calls import (
    Log,
    Metrics,
    empty,
    in_turns,
    metric_names,
    metrics_row,
    single_calls,
    time_shared,
)

COUNTS = (1, 10, 50)
GOALS = {1: 3, 10: 5, 50: 15}
N_OTHER_DICTS = 64


def time_other(log: Log, rows: list[Metrics], n: int) -> float:
    """Nanoseconds a call, many dicts in turn."""
    begin = perf_counter_ns()
    for i, row in zip(range(n), itertools.cycle(rows)):
        log(i, row)
    return (perf_counter_ns() - begin) / n


@contextmanager
def recorder(root: Path) -> Iterator[TrainingRecorder]:
    with TrainingRecorder("overhead", dir=root, capture_environment=False) as made:
        yield made


def measure_ratios(report: Report, root: Path, *, n: int, repeats: int) -> None:
    for count in COUNTS:
        shared = metrics_row(count)
        others: list[Metrics] = [metrics_row(count, seed) for seed in range(N_OTHER_DICTS)]
        cases: dict[str, Callable[[Log], float]] = {
            "shared keys": lambda log, row=shared: time_shared(log, row, n),  # type: ignore[misc]
            "other keys": lambda log, rows=others: time_other(log, rows, n),  # type: ignore[misc]
        }
        for label, measure in cases.items():
            with recorder(root) as made:
                control, logged = in_turns(measure, made.log_step, repeats)
            report.add(
                metrics=f"{count} {label}",
                empty_ns_min=min(control),
                log_step_ns_min=min(logged),
                ratio_of_minima=min(logged) / min(control),
                empty_ns_median=statistics.median(control),
                log_step_ns_median=statistics.median(logged),
                ratio_of_medians=statistics.median(logged) / statistics.median(control),
                goal=GOALS[count] * (1.0 if label == "shared keys" else 1.5),
            )


def measure_singly(report: Report, root: Path, n: int) -> None:
    row = metrics_row(10)
    with recorder(root) as made:
        logs: dict[str, Log] = {"empty": empty, "log_step": made.log_step}
        for label, log in logs.items():
            spans = single_calls(log, row, n)
            p50, p99, p999 = np.percentile(spans, [50, 99, 99.9])
            report.add(
                single_calls=label,
                calls=n,
                p50_ns=float(p50),
                p99_ns=float(p99),
                p99_9_ns=float(p999),
                worst_us=float(spans.max() / 1e3),
            )


def measure_peers(report: Report, root: Path, n: int) -> None:
    """The same ten metrics through what people use; left out where it is not installed."""
    row = metrics_row(10)
    with recorder(root) as made:
        ours = time_shared(made.log_step, row, n * 100)
    report.add(peer="tachograph log_step", calls=n * 100, ns_a_call=ours, times_ours=1.0)
    for label, make in (
        ("csv.DictWriter", csv_writer),
        ("lightning CSVLogger", lightning_csv_logger),
        ("torch SummaryWriter", lambda path: summary_writer(path, "torch.utils.tensorboard")),
        ("tensorboardX SummaryWriter", lambda path: summary_writer(path, "tensorboardX")),
    ):
        try:
            log, close = make(root / label.replace(" ", "_"))
        except ImportError:
            report.note(f"{label}: not installed")
            continue
        nanos = time_shared(log, row, n)
        close()
        report.add(peer=label, calls=n, ns_a_call=nanos, times_ours=nanos / ours)


def csv_writer(path: Path) -> tuple[Log, Callable[[], object]]:
    file = path.with_suffix(".csv").open("w", encoding="utf-8", newline="")
    writer = csv.DictWriter(file, ["step", *metric_names(10)])
    return (lambda step, row: writer.writerow({"step": step, **row})), file.close


def lightning_csv_logger(path: Path) -> tuple[Log, Callable[[], object]]:
    logger = importlib.import_module("lightning.fabric.loggers").CSVLogger(str(path))

    def log(step: int, row: Metrics) -> None:
        logger.log_metrics(row, step)
        if step % 100 == 99:  # as its trainer does by default
            logger.save()

    return log, logger.save


def summary_writer(path: Path, module: str) -> tuple[Log, Callable[[], object]]:
    writer = importlib.import_module(module).SummaryWriter(str(path))

    def log(step: int, row: Metrics) -> None:
        for name, value in row.items():
            writer.add_scalar(name, value, step)

    return log, writer.close


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--calls", type=int, default=1_000_000, help="how many to time singly")
    parser.add_argument("--peers", action="store_true", help="also measure other loggers")
    arguments = parser.parse_args()
    small = arguments.smoke
    report = Report("cost of a call")
    with tempfile.TemporaryDirectory(dir=arguments.dir) as directory:
        root = Path(directory)
        n, repeats = (10_000, 3) if small else (200_000, 15)
        measure_ratios(report, root, n=n, repeats=repeats)
        measure_singly(report, root, 100_000 if small else arguments.calls)
        if arguments.peers or small:
            measure_peers(report, root, 200 if small else 5_000)
    report.print(as_json=arguments.json)


if __name__ == "__main__":
    main()
