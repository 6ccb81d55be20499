"""How many bytes a scalar takes: ten curves, all files of the run, steps and wall times included.

    python benches/size.py                # 1M steps, one call of log_step each
    python benches/size.py --bulk         # the same through one call of log_steps

Every column is read back and compared bit by bit.
"""

import tempfile
from pathlib import Path
from time import perf_counter

import numpy as np

import tachograph
from curves import Curves, ten_curves
from report import Report, options
from tachograph import TrainingRecorder


def record(root: Path, curves: Curves, *, bulk: bool) -> Path:
    n = len(next(iter(curves.values())))
    with TrainingRecorder("size", dir=root) as recorder:
        path = recorder.path
        if bulk:
            recorder.log_steps(np.arange(n), curves)
        else:
            rows = zip(*(curve.tolist() for curve in curves.values()), strict=True)
            names = list(curves)
            for step, row in enumerate(rows):
                recorder.log_step(step, dict(zip(names, row, strict=True)))
    if path is None:
        raise SystemExit("recording is turned off: unset TACHO_DISABLED")
    return path


def check(path: Path, curves: Curves) -> None:
    with tachograph.open(path) as run:
        for name, curve in curves.items():
            steps, values = run.history(name)
            if not np.array_equal(steps, np.arange(len(curve))):
                raise AssertionError(f"steps of {name} differ")
            if values.astype(np.float64).tobytes() != curve.tobytes():
                raise AssertionError(f"{name} differs")


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--steps", type=int, default=1_000_000)
    parser.add_argument("--bulk", action="store_true", help="log_steps instead of log_step")
    arguments = parser.parse_args()
    n = 50_000 if arguments.smoke else arguments.steps
    curves = ten_curves(n)
    report = Report("bytes a scalar")
    with tempfile.TemporaryDirectory(dir=arguments.dir) as directory:
        begin = perf_counter()
        path = record(Path(directory), curves, bulk=arguments.bulk)
        seconds = perf_counter() - begin
        check(path, curves)
        sizes = {
            str(file.relative_to(path)): file.stat().st_size
            for file in sorted(path.rglob("*"))
            if file.is_file()
        }
    n_scalars = n * len(curves)
    for name, n_bytes in (*sizes.items(), ("all files", sum(sizes.values()))):
        report.add(file=name, bytes=n_bytes, bytes_a_scalar=n_bytes / n_scalars)
    report.note(f"{n_scalars:,} scalars by {'log_steps' if arguments.bulk else 'log_step'}")
    report.note(f"recorded and closed in {seconds:.1f} s; read back equal to the bit")
    report.print(as_json=arguments.json)


if __name__ == "__main__":
    main()
