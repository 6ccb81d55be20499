"""A table of steps with ten metrics as CSV and as JSON.

    pytest benches/suites --benchmark-only

Ours starts from a closed run on the disk and also writes each row's attempt and wall time; the
peers have the metrics in memory already, in the form that suits each best: arrays, a frame, lists,
or rows. `benches/export.py` has larger tables, event files and the memory that they take.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

import tachograph
from suites.given import Columns, Peer, Sizes

Work = Callable[[], object]
Make = Callable[[tachograph.Run, Columns, Path, Peer], Work]


@pytest.fixture(scope="module")
def run(columns: Columns, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tachograph.Run]:
    directory = tmp_path_factory.mktemp("export")
    recorder = tachograph.TrainingRecorder("bench", dir=directory, capture_environment=False)
    recorder.log_steps(np.arange(len(next(iter(columns.values())))), columns)
    recorder.close()
    if recorder.path is None:
        pytest.exit("recording is turned off: unset TACHO_DISABLED to measure it")
    with tachograph.open(recorder.path) as opened:
        yield opened


def with_steps(columns: Columns) -> dict[str, Any]:
    return {"step": np.arange(len(next(iter(columns.values())))), **columns}


def rows_of(columns: Columns) -> list[dict[str, float]]:
    lists = {name: column.tolist() for name, column in with_steps(columns).items()}
    return [dict(zip(lists, row, strict=True)) for row in zip(*lists.values(), strict=True)]


def tachograph_csv(run: tachograph.Run, columns: Columns, path: Path, peer: Peer) -> Work:
    return lambda: run.export_to_csv(path, table="steps")


def polars_csv(run: tachograph.Run, columns: Columns, path: Path, peer: Peer) -> Work:
    frame = peer("polars").DataFrame(with_steps(columns))
    return lambda: frame.write_csv(path)


def pandas_csv(run: tachograph.Run, columns: Columns, path: Path, peer: Peer) -> Work:
    frame = peer("pandas").DataFrame(with_steps(columns))
    return lambda: frame.to_csv(path, index=False)


def csv_module(run: tachograph.Run, columns: Columns, path: Path, peer: Peer) -> Work:
    rows = rows_of(columns)

    def write() -> None:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)

    return write


def numpy_savetxt(run: tachograph.Run, columns: Columns, path: Path, peer: Peer) -> Work:
    array = np.column_stack(list(with_steps(columns).values()))
    header = ",".join(with_steps(columns))
    return lambda: np.savetxt(path, array, delimiter=",", header=header, comments="", fmt="%.17g")


def tachograph_json(run: tachograph.Run, columns: Columns, path: Path, peer: Peer) -> Work:
    return lambda: run.export_to_json(path, table="steps")


def json_module(run: tachograph.Run, columns: Columns, path: Path, peer: Peer) -> Work:
    lists = {name: column.tolist() for name, column in with_steps(columns).items()}
    return lambda: path.write_text(json.dumps(lists), encoding="utf-8")


def orjson_dumps(run: tachograph.Run, columns: Columns, path: Path, peer: Peer) -> Work:
    dumps, option = peer("orjson").dumps, peer("orjson").OPT_SERIALIZE_NUMPY
    arrays = with_steps(columns)
    return lambda: path.write_bytes(dumps(arrays, option=option))


def polars_json(run: tachograph.Run, columns: Columns, path: Path, peer: Peer) -> Work:
    frame = peer("polars").DataFrame(with_steps(columns))
    return lambda: frame.write_json(path)


def pandas_json(run: tachograph.Run, columns: Columns, path: Path, peer: Peer) -> Work:
    frame = peer("pandas").DataFrame(with_steps(columns))
    return lambda: frame.to_json(path, orient="records", double_precision=15)


CSV: tuple[Make, ...] = (tachograph_csv, polars_csv, pandas_csv, csv_module, numpy_savetxt)
JSON: tuple[Make, ...] = (tachograph_json, orjson_dumps, json_module, polars_json, pandas_json)


def entries(group: str, makes: tuple[Make, ...]) -> list[Any]:
    mark = pytest.mark.benchmark(group=group)
    return [pytest.param(make, marks=mark, id=make.__name__) for make in makes]


@pytest.mark.parametrize("make", entries("steps as CSV", CSV) + entries("steps as JSON", JSON))
def test_export(
    benchmark: BenchmarkFixture,
    make: Make,
    run: tachograph.Run,
    columns: Columns,
    peer: Peer,
    sizes: Sizes,
    tmp_path: Path,
) -> None:
    work = make(run, columns, tmp_path / "steps", peer)
    benchmark.pedantic(work, rounds=sizes.rounds, warmup_rounds=1)
