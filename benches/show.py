"""How long a person waits who looks at a run: `tacho show`, `ls`, `compare`, a notebook's cell.

    python benches/show.py

Each command is a process of its own, from its start to its end; beside it the floor, a process that
only imports click, without which there is no command line, and one that only imports NumPy, which
`show` and `ls` do without. They take turns, so that all see the same machine. The run is closed and
has 1M steps of ten metrics. What a notebook shows is timed inside a process, the first time and
later ones.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

import numpy as np

from curves import ten_curves
from report import Report, options
from tachograph import TrainingRecorder

TACHO = "import sys; from tachograph.cli import main; sys.argv[0] = 'tacho'; main()"
FLOOR = "import click"
NUMPY = "import numpy"

CELL = """
import json, sys, tachograph, tachograph.notebook
from time import perf_counter
run = tachograph.open(sys.argv[1])
t0 = perf_counter()
html = run._repr_html_()
t1 = perf_counter()
run._repr_html_()
t2 = perf_counter()
print(json.dumps({"cell, first": t1 - t0, "cell, again": t2 - t1, "bytes": len(html)}))
"""

GOALS_MS = {"tacho show": 300.0, "cell, first": 50.0, "cell, again": 50.0}


def seconds(code: str, *words: object) -> float:
    """From the start of a process to its end."""
    # An installed package has its bytecode.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    begin = perf_counter()
    subprocess.run(
        [sys.executable, "-c", code, *map(str, words)],
        stdout=subprocess.DEVNULL,
        env=environment,
        check=True,
    )
    return perf_counter() - begin


def measure_commands(report: Report, run: Path, root: Path, repeats: int) -> None:
    commands: dict[str, tuple[str, tuple[object, ...]]] = {
        "python, click imported": (FLOOR, ()),
        "python, NumPy imported": (NUMPY, ()),
        "tacho show": (TACHO, ("show", run)),
        "tacho ls": (TACHO, ("ls", root)),
        "tacho compare": (TACHO, ("compare", run, run)),
    }
    spans: dict[str, list[float]] = {name: [] for name in commands}
    for at in range(repeats + 1):
        for name, (code, words) in commands.items():
            span = seconds(code, *words)
            if at:  # the first one makes bytecode and fills caches
                spans[name].append(span * 1000)
    floor = spans["python, click imported"]
    for name, millis in spans.items():
        report.add(
            what=name,
            ms_min=min(millis),
            ms_median=statistics.median(millis),
            ms_above_floor_median=statistics.median(np.subtract(millis, floor).tolist()),
            goal_ms=GOALS_MS.get(name),
        )


def measure_cell(report: Report, run: Path, repeats: int) -> None:
    spans: dict[str, list[float]] = {}
    n_bytes = 0
    for _ in range(repeats):
        done = json.loads(subprocess.check_output([sys.executable, "-c", CELL, str(run)]))
        n_bytes = done.pop("bytes")
        for name, span in done.items():
            spans.setdefault(name, []).append(span * 1000)
    for name, millis in spans.items():
        report.add(
            what=name,
            ms_min=min(millis),
            ms_median=statistics.median(millis),
            bytes=n_bytes,
            goal_ms=GOALS_MS.get(name),
        )


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--steps", type=int, default=1_000_000)
    arguments = parser.parse_args()
    n, repeats = (50_000, 2) if arguments.smoke else (arguments.steps, 15)
    with tempfile.TemporaryDirectory(dir=arguments.dir) as directory:
        root = Path(directory)
        with TrainingRecorder("show", {"layers": 4}, {"lr": 0.1}, dir=root) as recorder:
            recorder.log_steps(np.arange(n), ten_curves(n))
            for epoch in range(20):
                recorder.log_epoch(epoch, 1 / (epoch + 1), 2 / (epoch + 1), epoch_time=60.0)
        assert recorder.path is not None
        report = Report("looking at a run")
        measure_commands(report, recorder.path, root, repeats)
        measure_cell(report, recorder.path, repeats)
    report.note(f"{repeats} processes each, in turns; the run has {n:,} steps")
    report.print(as_json=arguments.json)


if __name__ == "__main__":
    main()
