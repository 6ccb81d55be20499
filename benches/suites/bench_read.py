"""One metric out of a file with ten, as a NumPy array.

    pytest benches/suites --benchmark-only

Each reads what its own writer wrote, opening included, the file in the system's cache. MLflow's
database holds that one metric alone.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from pytest_benchmark.fixture import BenchmarkFixture

import tachograph
from suites.given import Columns, Peer, Sizes

Read = Callable[[], NDArray[np.float64]]
Make = Callable[[Columns, str, Path, Peer], Read]


def recorded(columns: Columns, path: Path) -> Path:
    recorder = tachograph.TrainingRecorder("bench", dir=path, capture_environment=False)
    recorder.log_steps(np.arange(len(next(iter(columns.values())))), columns)
    recorder.close()
    if recorder.path is None:
        pytest.exit("recording is turned off: unset TACHO_DISABLED to measure it")
    return recorder.path


def tachograph_run(columns: Columns, name: str, path: Path, peer: Peer) -> Read:
    where = recorded(columns, path)

    def read() -> NDArray[np.float64]:
        with tachograph.open(where) as run:
            return np.asarray(run.history(name)[1], dtype=np.float64)

    return read


def numpy_npz(columns: Columns, name: str, path: Path, peer: Peer) -> Read:
    np.savez(path / "run.npz", **columns)  # type: ignore[arg-type]  # names of the arrays

    def read() -> NDArray[np.float64]:
        with np.load(path / "run.npz") as arrays:
            return np.asarray(arrays[name])

    return read


def polars_parquet(columns: Columns, name: str, path: Path, peer: Peer) -> Read:
    polars = peer("polars")
    polars.DataFrame(columns).write_parquet(path / "run.parquet")
    return lambda: np.asarray(polars.read_parquet(path / "run.parquet", columns=[name])[name])


def polars_csv(columns: Columns, name: str, path: Path, peer: Peer) -> Read:
    polars = peer("polars")
    polars.DataFrame(columns).write_csv(path / "run.csv")
    return lambda: np.asarray(polars.read_csv(path / "run.csv", columns=[name])[name])


def pandas_csv(columns: Columns, name: str, path: Path, peer: Peer) -> Read:
    pandas = peer("pandas")
    pandas.DataFrame(columns).to_csv(path / "run.csv", index=False)
    return lambda: np.asarray(
        pandas.read_csv(path / "run.csv", usecols=[name], float_precision="round_trip")[name]
    )


def csv_module(columns: Columns, name: str, path: Path, peer: Peer) -> Read:
    with (path / "run.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(zip(*(column.tolist() for column in columns.values()), strict=True))

    def read() -> NDArray[np.float64]:
        with (path / "run.csv").open(encoding="utf-8", newline="") as file:
            return np.array([float(row[name]) for row in csv.DictReader(file)])

    return read


def json_document(columns: Columns, name: str, path: Path, peer: Peer) -> Read:
    document = json.dumps({key: column.tolist() for key, column in columns.items()})
    (path / "run.json").write_text(document, encoding="utf-8")
    return lambda: np.array(json.loads((path / "run.json").read_bytes())[name])


def orjson_document(columns: Columns, name: str, path: Path, peer: Peer) -> Read:
    orjson = peer("orjson")
    document = orjson.dumps({key: column.tolist() for key, column in columns.items()})
    (path / "run.json").write_bytes(document)
    return lambda: np.array(orjson.loads((path / "run.json").read_bytes())[name])


def tensorboard_events(columns: Columns, name: str, path: Path, peer: Peer) -> Read:
    reader = peer("tensorboard.backend.event_processing.event_accumulator")
    with tachograph.open(recorded(columns, path)) as run:
        run.export_to_tensorboard(path / "events")
    # A file is found by its name, wherever below the directory it lies.
    events = str(next(path.glob("events/**/*tfevents*")).parent)

    def read() -> NDArray[np.float64]:
        accumulator = reader.EventAccumulator(events, size_guidance={"scalars": 0, "tensors": 0})
        accumulator.Reload()
        return np.array([event.value for event in accumulator.Scalars(name)])

    return read


def mlflow_sqlite(columns: Columns, name: str, path: Path, peer: Peer) -> Read:
    mlflow = peer("mlflow")
    metric = peer("mlflow.entities").Metric
    client = mlflow.MlflowClient(f"sqlite:///{path / 'mlflow.db'}")
    run = client.create_run(client.create_experiment("bench")).info.run_id
    values = columns[name].tolist()
    metrics = [metric(name, value, 0, step) for step, value in enumerate(values)]
    for start in range(0, len(metrics), 1000):
        client.log_batch(run, metrics=metrics[start : start + 1000])
    return lambda: np.array([point.value for point in client.get_metric_history(run, name)])


MAKES: tuple[Make, ...] = (
    tachograph_run,
    numpy_npz,
    polars_parquet,
    polars_csv,
    pandas_csv,
    csv_module,
    orjson_document,
    json_document,
    tensorboard_events,
    mlflow_sqlite,
)


# These take seconds.
SLOW = (tensorboard_events, mlflow_sqlite)


def name_of(make: Make) -> str:
    return make.__name__


@pytest.mark.benchmark(group="one metric of ten, read as an array")
@pytest.mark.parametrize("make", MAKES, ids=name_of)
def test_read(
    benchmark: BenchmarkFixture,
    make: Make,
    columns: Columns,
    peer: Peer,
    sizes: Sizes,
    tmp_path: Path,
) -> None:
    name = list(columns)[-1]
    read = make(columns, name, tmp_path, peer)
    # Every one of them must give the numbers back, which fit the single precision of event files.
    np.testing.assert_array_equal(read(), columns[name])
    benchmark.pedantic(read, rounds=3 if make in SLOW else sizes.rounds)
