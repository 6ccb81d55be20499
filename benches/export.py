"""How long it takes to get a run out again, beside what people use for it.

    python benches/export.py

Event files: 1M scalars (100,000 steps of ten metrics) against torch's and tensorboardX's
SummaryWriter, which get a part of them and are compared a scalar. JSON and CSV: epochs with eight
metrics against orjson writing the same records, built as dicts beforehand, and Polars writing the
same columns, ready as a frame. Peers that are not installed are left out, and named.
"""

import importlib
import os
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

import tachograph
from curves import ten_curves
from report import Report, options
from tachograph import TrainingRecorder

N_PEER_STEPS = 2_000
N_METRICS = 8


def seconds(work: Callable[[], object], repeats: int) -> float:
    """The median time of some calls."""
    spans = []
    for _ in range(repeats):
        begin = perf_counter()
        work()
        spans.append(perf_counter() - begin)
    return statistics.median(spans)


def resident_peak_kib() -> int:
    """The most memory that this process has had since the last `reset_peak`."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1])


def reset_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def path_of(recorder: TrainingRecorder) -> Path:
    if recorder.path is None:
        raise SystemExit("recording is turned off: unset TACHO_DISABLED")
    return recorder.path


def peer(name: str) -> Any | None:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def events(report: Report, root: Path, n: int, repeats: int) -> None:
    curves = ten_curves(n)
    with TrainingRecorder("export", dir=root, capture_environment=False) as recorder:
        recorder.log_steps(np.arange(n), curves)
    with tachograph.open(path_of(recorder)) as run:
        took = seconds(lambda: run.export_to_tensorboard(root / "events"), repeats)
    ours = took / (n * len(curves))
    report.add(events="tachograph", scalars=n * len(curves), ns_a_scalar=ours * 1e9, times_ours=1.0)
    n_peer = min(n, N_PEER_STEPS)
    columns = {name: curve[:n_peer].tolist() for name, curve in curves.items()}
    for name in ("torch.utils.tensorboard", "tensorboardX"):
        module = peer(name)
        if module is None:
            report.note(f"{name}: not installed")
            continue

        def write(module: Any = module, name: str = name) -> None:
            with module.SummaryWriter(str(root / name)) as writer:
                for step in range(n_peer):
                    for tag, values in columns.items():
                        writer.add_scalar(tag, values[step], step)

        theirs = seconds(write, 1) / (n_peer * len(columns))
        report.add(
            events=name,
            scalars=n_peer * len(columns),
            ns_a_scalar=theirs * 1e9,
            times_ours=theirs / ours,
        )


def tables(report: Report, root: Path, n: int, repeats: int) -> None:
    random = np.random.default_rng(0)
    metrics = {f"metric_{i}": random.standard_normal(n) for i in range(N_METRICS)}
    with TrainingRecorder("export", dir=root, capture_environment=False) as recorder:
        for epoch, row in enumerate(zip(*(m.tolist() for m in metrics.values()), strict=True)):
            recorder.log_epoch(epoch, 0.5, 0.6, dict(zip(metrics, row, strict=True)))
    with tachograph.open(path_of(recorder)) as run:
        reset_peak()
        before = resident_peak_kib()
        json_seconds = seconds(lambda: run.export_to_json(root / "ours.json"), repeats)
        csv_seconds = seconds(lambda: run.export_to_csv(root / "ours.csv"), repeats)
        grown = resident_peak_kib() - before
        records = [
            {
                "epoch": epoch.epoch,
                "timestamp": epoch.timestamp.isoformat(),
                "train_loss": epoch.train_loss,
                "val_loss": epoch.val_loss,
                "train_metrics": dict(epoch.train_metrics),
                "val_metrics": dict(epoch.val_metrics),
                "learning_rate": epoch.learning_rate,
                "epoch_time": epoch.epoch_time,
                "memory_usage": epoch.memory_usage,
                "gradient_norm": epoch.gradient_norm,
                "is_best": epoch.is_best,
            }
            for epoch in run.epochs
        ]
    report.add(table="JSON: tachograph", epochs=n, seconds=json_seconds, times_ours=1.0)
    if (orjson := peer("orjson")) is not None:
        path = root / "theirs.json"
        theirs = seconds(lambda: path.write_bytes(orjson.dumps({"epochs": records})), repeats)
        report.add(table="JSON: orjson", epochs=n, seconds=theirs, times_ours=theirs / json_seconds)
    else:
        report.note("orjson: not installed")
    report.add(table="CSV: tachograph", epochs=n, seconds=csv_seconds, times_ours=1.0)
    if (polars := peer("polars")) is not None:
        flat = {name: [record[name] for record in records] for name in ("epoch", "timestamp")}
        frame = polars.DataFrame({**flat, "train_loss": 0.5, "val_loss": 0.6, **metrics})
        path = root / "theirs.csv"
        theirs = seconds(lambda: frame.write_csv(path), repeats)
        report.add(table="CSV: Polars", epochs=n, seconds=theirs, times_ours=theirs / csv_seconds)
    else:
        report.note("polars: not installed")
    report.note(f"memory at its peak during our JSON and CSV: {grown / 1024:.1f} MiB more")


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--steps", type=int, default=100_000, help="of the event file")
    parser.add_argument("--epochs", type=int, default=1_000_000, help="of the tables")
    arguments = parser.parse_args()
    small = arguments.smoke
    report = Report("exports")
    with tempfile.TemporaryDirectory(dir=arguments.dir) as directory:
        os.environ["CUDA_VISIBLE_DEVICES"] = ""
        repeats = 1 if small else 3
        events(report, Path(directory), 10_000 if small else arguments.steps, repeats)
        tables(report, Path(directory), 10_000 if small else arguments.epochs, repeats)
    report.print(as_json=arguments.json)


if __name__ == "__main__":
    main()
