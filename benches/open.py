"""What happens once: import, constructor, close, opening a run, the first metric out of it.

    python benches/open.py

Each figure comes from processes of their own, in which it is the first thing of its kind; NumPy is
imported before, as every training has it. The run that is opened is closed and has 1M steps of ten
metrics.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from curves import ten_curves
from report import Report, options
from tachograph import TrainingRecorder

IMPORT = """
import json, sys, numpy
from time import perf_counter
t0 = perf_counter()
import tachograph
t1 = perf_counter()
tachograph.TrainingRecorder
t2 = perf_counter()
print(json.dumps({"import tachograph": t1 - t0, "and its recorder": t2 - t0}))
"""

OPEN = """
import json, sys, numpy, tachograph
from time import perf_counter
tachograph.open
t0 = perf_counter()
run = tachograph.open(sys.argv[1])
t1 = perf_counter()
steps, loss = run.history("train/loss")
t2 = perf_counter()
assert len(loss) == int(sys.argv[2])
print(json.dumps({"open a closed run": t1 - t0, "first metric of it": t2 - t1}))
"""

CLOSE = """
import json, sys, numpy
from time import perf_counter
from tachograph import TrainingRecorder
t0 = perf_counter()
recorder = TrainingRecorder("open", {"layers": 4}, {"lr": 0.1}, dir=sys.argv[1])
t1 = perf_counter()
for step in range(3):
    recorder.log_step(step, {"loss": 1.0})
t2 = perf_counter()
recorder.close()
t3 = perf_counter()
print(json.dumps({"constructor": t1 - t0, "close after three steps": t3 - t2}))
"""

GOALS_MS = {
    "import tachograph": 60.0,
    "and its recorder": 60.0,
    "constructor": 20.0,
    "close after three steps": 50.0,
    "open a closed run": 2.0,
    "first metric of it": 10.0,
}


def measure(code: str, *words: object, repeats: int) -> dict[str, list[float]]:
    """Milliseconds by what took them, one figure a process."""
    spans: dict[str, list[float]] = {}
    command = [sys.executable, "-c", code, *map(str, words)]
    # An installed package has its bytecode; the first process makes it where it is missing.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    subprocess.check_output(command, env=environment)
    for _ in range(repeats):
        for name, seconds in json.loads(subprocess.check_output(command, env=environment)).items():
            spans.setdefault(name, []).append(seconds * 1000)
    return spans


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--steps", type=int, default=1_000_000)
    arguments = parser.parse_args()
    n, repeats = (50_000, 3) if arguments.smoke else (arguments.steps, 21)
    with tempfile.TemporaryDirectory(dir=arguments.dir) as directory:
        with TrainingRecorder("open", dir=Path(directory)) as recorder:
            recorder.log_steps(np.arange(n), ten_curves(n))
        spans = {
            **measure(IMPORT, repeats=repeats),
            **measure(CLOSE, directory, repeats=repeats),
            **measure(OPEN, recorder.path, n, repeats=repeats),
        }
    report = Report("what happens once")
    for name, millis in spans.items():
        report.add(
            what=name,
            ms_min=min(millis),
            ms_median=statistics.median(millis),
            ms_max=max(millis),
            goal_ms=GOALS_MS[name],
        )
    report.note(f"{repeats} processes each; the run has {n:,} steps")
    report.print(as_json=arguments.json)


if __name__ == "__main__":
    main()
