"""What a data frame of a run costs, beside decoding its blocks.

    python benches/frames.py

Decoding is `run.history` of all metrics, one after the other. Two runs: 1M steps of ten curves
written by `log_steps`, in which no rows merge; and one in which a loop and a monitor log each step
by calls of their own, so that every two rows are one. Peak memory is that of a fresh process that
makes the frame, over what it had before, beside the frame's own size.
"""

import importlib
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

import tachograph
from curves import ten_curves
from report import Report, options
from tachograph import Run, TrainingRecorder

CHILD = """
import json, pathlib, sys
import polars, tachograph
from polars import DataFrame

def status(name):
    lines = pathlib.Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1]) * 1024

run = tachograph.open(sys.argv[1])
DataFrame(run.steps.select(stop=1))  # what is loaded once
pathlib.Path("/proc/self/clear_refs").write_text("5")
before = status("VmRSS")
frame = DataFrame(run.steps)
print(json.dumps([status("VmHWM") - before, frame.estimated_size()]))
"""


def in_turns(works: dict[str, Callable[[], object]], repeats: int) -> dict[str, float]:
    """The median seconds of each, taken in turns so that a busy machine is busy for all."""
    spans: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(repeats):
        for name, work in works.items():
            begin = perf_counter()
            work()
            spans[name].append(perf_counter() - begin)
    return {name: statistics.median(times) for name, times in spans.items()}


def plain_run(root: Path, n: int) -> Path:
    with TrainingRecorder("plain", dir=root, capture_environment=False) as recorder:
        recorder.log_steps(np.arange(n), ten_curves(n))
    return path_of(recorder)


def merged_run(root: Path, n: int) -> Path:
    curves = {name: curve.tolist() for name, curve in ten_curves(n).items()}
    names = list(curves)
    with TrainingRecorder("merged", dir=root, capture_environment=False) as recorder:
        for step in range(n):
            recorder.log_step(step, {name: curves[name][step] for name in names[:6]})
            recorder.log_step(step, {name: curves[name][step] for name in names[6:]})
    return path_of(recorder)


def path_of(recorder: TrainingRecorder) -> Path:
    if recorder.path is None:
        raise SystemExit("recording is turned off: unset TACHO_DISABLED")
    return recorder.path


def measure(report: Report, name: str, run: Run, *, root: Path, repeats: int) -> None:
    polars: Any = importlib.import_module("polars")
    first = run.metrics[0]
    works: dict[str, Callable[[], object]] = {
        "decode (history of all)": lambda: [run.history(metric) for metric in run.metrics],
        "polars.DataFrame(run.steps)": lambda: polars.DataFrame(run.steps),
        "run.steps.to_numpy()": run.steps.to_numpy,
        "one metric: history": lambda: run.history(first),
        "one metric: select, Polars": lambda: polars.DataFrame(run.steps.select([first])),
        "export_to_parquet": lambda: run.export_to_parquet(root / "a.parquet", "steps"),
        "export_to_csv": lambda: run.export_to_csv(root / "a.csv", "steps"),
    }
    took = in_turns(works, repeats)
    decode = took["decode (history of all)"]
    for what, seconds in took.items():
        report.add(
            run=name,
            what=what,
            steps=len(run.steps),
            seconds=seconds,
            times_decoding=seconds / decode,
        )


def memory(report: Report, name: str, path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(path)], capture_output=True, text=True, check=True
    )
    peak, size = json.loads(done.stdout)
    report.add(run=name, peak_mib=peak / 2**20, frame_mib=size / 2**20, times_frame=peak / size)


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--steps", type=int, default=1_000_000)
    arguments = parser.parse_args()
    n = 20_000 if arguments.smoke else arguments.steps
    report = Report("data frames")
    with tempfile.TemporaryDirectory(dir=arguments.dir) as directory:
        root = Path(directory)
        runs = {"plain": plain_run(root, n), "two calls a step": merged_run(root, n // 4)}
        for name, path in runs.items():
            with tachograph.open(path) as run:
                measure(report, name, run, root=root, repeats=1 if arguments.smoke else 5)
        for name, path in runs.items():
            memory(report, name, path)
    report.print(as_json=arguments.json)


if __name__ == "__main__":
    main()
