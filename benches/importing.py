"""How long it takes to bring in what other recorders have left behind.

    python benches/importing.py

Event files: 1M scalars (100,000 steps of ten tags, an event a scalar as torch writes them), read
into arrays and imported into a closed run, against TensorBoard's EventAccumulator, which gets a
part of them and is compared a scalar. CSV: the same scalars as Lightning's CSVLogger lays them out,
against csv.DictReader with float() for each cell. Peers that are not installed are left out, and
named. Both sides run in turns in this process; the files are in the cache.
"""

import csv
import importlib
import math
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

from report import Report, options
from tachograph import TrainingRecorder
from tachograph.importers import import_csv, import_tensorboard, read_scalars

TAGS = [f"train/metric_{number}" for number in range(10)]
N_PEER_STEPS = 2_000
ROUNDS = 3


def write_events(log_dir: Path, n_steps: int) -> Path:
    """A call a scalar makes an event a scalar, as of SummaryWriter, which takes minutes."""
    with TrainingRecorder("bench", dir=log_dir.with_suffix(".runs")) as recorder:
        for step in range(n_steps):
            for number, tag in enumerate(TAGS):
                recorder.log_step(step, {tag: math.sin(step * (number + 1) / 100)})
    recorder.export_to_tensorboard(log_dir)
    return log_dir


def write_csv(path: Path, n_steps: int) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["epoch", "step", *TAGS])
        for step in range(n_steps):
            values = [math.sin(step * (number + 1) / 100) for number in range(len(TAGS))]
            writer.writerow([step // 1000, step, *values])


def span(work: Callable[[], object]) -> float:
    begin = perf_counter()
    work()
    return perf_counter() - begin


def peer(name: str) -> Any | None:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def events(report: Report, root: Path, n_steps: int, rounds: int) -> None:
    n_peer = min(n_steps, N_PEER_STEPS)
    whole = write_events(root / "whole", n_steps)
    part = write_events(root / "part", n_peer)
    accumulator = peer("tensorboard.backend.event_processing.event_accumulator")

    def theirs() -> None:
        if accumulator is not None:
            events = accumulator.EventAccumulator(str(part), size_guidance={"scalars": 0})
            events.Reload()
            for tag in events.Tags()["scalars"]:
                events.Scalars(tag)

    def whole_import() -> None:
        shutil.rmtree(root / "run", ignore_errors=True)
        import_tensorboard(whole, root / "run")

    spans: dict[str, list[float]] = {"read": [], "import": [], "theirs": []}
    for _ in range(rounds):
        spans["read"].append(span(lambda: read_scalars(whole)) / (n_steps * len(TAGS)))
        spans["import"].append(span(whole_import) / (n_steps * len(TAGS)))
        spans["theirs"].append(span(theirs) / (n_peer * len(TAGS)))
    theirs_ns = min(spans["theirs"]) * 1e9
    rows = [("tachograph, into arrays", "read"), ("tachograph, into a closed run", "import")]
    for name, key in rows:
        ours_ns = min(spans[key]) * 1e9
        ratio = None if accumulator is None else theirs_ns / ours_ns
        n_scalars = n_steps * len(TAGS)
        report.add(events=name, scalars=n_scalars, ns_a_scalar=ours_ns, peer_takes_times=ratio)
    if accumulator is None:
        report.note("tensorboard: not installed")
    else:
        report.add(
            events="EventAccumulator",
            scalars=n_peer * len(TAGS),
            ns_a_scalar=theirs_ns,
            peer_takes_times=1.0,
        )
    report.note(f"event file: {sum(f.stat().st_size for f in whole.iterdir()) / 1e6:.0f} MB")


def csv_files(report: Report, root: Path, n_steps: int, rounds: int) -> None:
    path = root / "metrics.csv"
    write_csv(path, n_steps)

    def theirs() -> None:
        with path.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                {name: float(cell) for name, cell in row.items()}

    def whole_import() -> None:
        shutil.rmtree(root / "csv_run", ignore_errors=True)
        import_csv(path, root / "csv_run")

    ours_ns = theirs_ns = math.inf
    n_cells = n_steps * (len(TAGS) + 1)
    for _ in range(rounds):
        ours_ns = min(ours_ns, span(whole_import) / n_cells * 1e9)
        theirs_ns = min(theirs_ns, span(theirs) / n_cells * 1e9)
    report.add(
        csv="tachograph, into a closed run",
        values=n_cells,
        ns_a_value=ours_ns,
        peer_takes_times=theirs_ns / ours_ns,
    )
    report.add(
        csv="csv.DictReader and float()",
        values=n_cells,
        ns_a_value=theirs_ns,
        peer_takes_times=1.0,
    )


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--steps", type=int, default=100_000, help="of ten scalars each")
    arguments = parser.parse_args()
    n_steps = 1_000 if arguments.smoke else arguments.steps
    report = Report("imports")
    with tempfile.TemporaryDirectory(dir=arguments.dir) as directory:
        rounds = 1 if arguments.smoke else ROUNDS
        events(report, Path(directory), n_steps, rounds)
        csv_files(report, Path(directory), n_steps, rounds)
    report.print(as_json=arguments.json)


if __name__ == "__main__":
    main()
