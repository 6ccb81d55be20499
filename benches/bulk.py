"""How fast `log_steps` takes arrays: 1M steps x 10 metrics, until the call returns.

    python benches/bulk.py

Beside it, in turns: a plain copy of the same bytes, and the close that follows, in which what was
taken is sealed.
"""

import statistics
import tempfile
from pathlib import Path
from time import perf_counter

import numpy as np

from curves import ten_curves
from report import Report, options
from tachograph import TrainingRecorder


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--steps", type=int, default=1_000_000)
    arguments = parser.parse_args()
    n, repeats = (50_000, 2) if arguments.smoke else (arguments.steps, 7)
    curves = ten_curves(n)
    steps = np.arange(n)
    calls, copies, closes = [], [], []
    with tempfile.TemporaryDirectory(dir=arguments.dir) as directory:
        for _ in range(repeats):
            begin = perf_counter()
            copied = [curve.copy() for curve in curves.values()]
            copies.append(perf_counter() - begin)
            del copied
            recorder = TrainingRecorder("bulk", dir=Path(directory), capture_environment=False)
            begin = perf_counter()
            recorder.log_steps(steps, curves)
            returned = perf_counter()
            recorder.close()
            calls.append(returned - begin)
            closes.append(perf_counter() - returned)
    report = Report("log_steps of arrays")
    n_scalars = n * len(curves)
    for label, spans in (("log_steps", calls), ("copy", copies), ("close", closes)):
        report.add(
            what=label,
            seconds_min=min(spans),
            seconds_median=statistics.median(spans),
            million_scalars_a_second_best=n_scalars / min(spans) / 1e6,
            million_scalars_a_second_median=n_scalars / statistics.median(spans) / 1e6,
        )
    report.note("goal: over 100 million scalars a second until log_steps returns")
    report.print(as_json=arguments.json)


if __name__ == "__main__":
    main()
