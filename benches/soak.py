"""A long training at full speed: 10M steps x 10 metrics as fast as a loop can call.

    python benches/soak.py

Says how much the resident memory grew after the first part of the run, the sustained rate, and for
how long calls had to wait. No training is so fast: this is the worst case for the sealer.
"""

import os
import tempfile
from pathlib import Path
from time import perf_counter

from curves import ten_curves
from report import Report, options
from tachograph import TrainingRecorder

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
MIB = 1 << 20
N_DISTINCT = 4096


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * PAGE_BYTES


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--steps", type=int, default=10_000_000)
    arguments = parser.parse_args()
    n = 200_000 if arguments.smoke else arguments.steps
    curves = ten_curves(N_DISTINCT)
    columns = (curve.tolist() for curve in curves.values())
    rows = [dict(zip(curves, row, strict=True)) for row in zip(*columns, strict=True)]
    chunk = max(1, n // 100)
    with tempfile.TemporaryDirectory(dir=arguments.dir) as directory:
        recorder = TrainingRecorder("soak", dir=Path(directory), capture_environment=False)
        log = recorder.log_step
        resident, slowest = [], 0.0
        begin = perf_counter()
        for start in range(0, n, chunk):
            chunk_begin = perf_counter()
            for step in range(start, min(start + chunk, n)):
                log(step, rows[step % N_DISTINCT])
            slowest = max(slowest, (perf_counter() - chunk_begin) / chunk)
            resident.append(resident_bytes())
        logged = perf_counter()
        status = recorder.status
        recorder.close()
        closed = perf_counter()
        n_bytes = sum(file.stat().st_size for file in Path(directory).rglob("*") if file.is_file())
    settled = resident[len(resident) // 50]
    report = Report("a long training at full speed")
    report.add(
        steps=n,
        steps_a_second=n / (logged - begin),
        ns_a_step_slowest_percent=slowest * 1e9,
        stalled_seconds=status.stalled_seconds,
        dropped=status.dropped,
        close_seconds=closed - logged,
        resident_mib_growth=(max(resident) - settled) / MIB,
        resident_mib_at_end=resident[-1] / MIB,
        bytes_a_scalar=n_bytes / n / len(curves),
    )
    report.note(f"growth is the highest of 100 samples less the one after 2 %; {status.mechanism}")
    report.note("goal: under 32 MiB of growth")
    report.print(as_json=arguments.json)


if __name__ == "__main__":
    main()
