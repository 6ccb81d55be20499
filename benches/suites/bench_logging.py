"""What a training loop waits for: a row of ten metrics handed over.

    pytest benches/suites --benchmark-only

Two groups. In the first a round is many calls and the figure is for one; the file is open before
and closed afterwards. In the second a round is a whole short run: made, 100 rows, closed, so that
what was put off is in it.
"""

from __future__ import annotations

import csv
import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from suites.given import Peer, Sizes
from tachograph import TrainingRecorder
from tachograph.bench.calls import Log, metric_names, metrics_row

Close = Callable[[], object]
Make = Callable[[Path, Peer], tuple[Log, Close]]

ROWS_OF_A_RUN = 100


def tachograph(path: Path, peer: Peer) -> tuple[Log, Close]:
    recorder = TrainingRecorder("bench", dir=path, capture_environment=False)
    return recorder.log_step, recorder.close


def csv_rows(path: Path, peer: Peer) -> tuple[Log, Close]:
    file = path.with_suffix(".csv").open("w", encoding="utf-8", newline="")
    writer = csv.DictWriter(file, ["step", *metric_names(10)])
    return (lambda step, row: writer.writerow({"step": step, **row})), file.close


def json_lines(path: Path, peer: Peer) -> tuple[Log, Close]:
    file = path.with_suffix(".jsonl").open("w", encoding="utf-8")
    return (lambda step, row: file.write(json.dumps({"step": step, **row}) + "\n")), file.close


def orjson_lines(path: Path, peer: Peer) -> tuple[Log, Close]:
    dumps, option = peer("orjson").dumps, peer("orjson").OPT_APPEND_NEWLINE
    file = path.with_suffix(".jsonl").open("wb")
    return (lambda step, row: file.write(dumps({"step": step, **row}, option=option))), file.close


def lightning_csv_logger(path: Path, peer: Peer) -> tuple[Log, Close]:
    logger = peer("lightning.fabric.loggers").CSVLogger(str(path))

    def log(step: int, row: Any) -> None:
        logger.log_metrics(row, step)
        if step % 100 == 99:  # as its trainer does by default
            logger.save()

    return log, logger.save


def summary_writer(module: Any, path: Path) -> tuple[Log, Close]:
    writer = module.SummaryWriter(str(path))

    def log(step: int, row: Any) -> None:
        for name, value in row.items():
            writer.add_scalar(name, value, step)

    return log, writer.close


def torch_summary_writer(path: Path, peer: Peer) -> tuple[Log, Close]:
    return summary_writer(peer("torch.utils.tensorboard"), path)


def tensorboardx_summary_writer(path: Path, peer: Peer) -> tuple[Log, Close]:
    return summary_writer(peer("tensorboardX"), path)


def wandb_offline(path: Path, peer: Peer) -> tuple[Log, Close]:
    wandb = peer("wandb")
    path.mkdir(exist_ok=True)
    settings = wandb.Settings(console="off", silent=True, disable_git=True, x_disable_stats=True)
    run = wandb.init(mode="offline", project="bench", dir=str(path), settings=settings)
    return (lambda step, row: run.log(dict(row), step=step)), run.finish


def mlflow_sqlite(path: Path, peer: Peer) -> tuple[Log, Close]:
    mlflow = peer("mlflow")
    path.mkdir(exist_ok=True)
    mlflow.set_tracking_uri(f"sqlite:///{path / 'mlflow.db'}")
    mlflow.start_run()
    return (lambda step, row: mlflow.log_metrics(dict(row), step=step)), mlflow.end_run


MAKES: tuple[Make, ...] = (
    tachograph,
    csv_rows,
    json_lines,
    orjson_lines,
    lightning_csv_logger,
    torch_summary_writer,
    tensorboardx_summary_writer,
    wandb_offline,
    mlflow_sqlite,
)


# These take so long that fewer calls say as much.
SLOW = (torch_summary_writer, tensorboardx_summary_writer, wandb_offline, mlflow_sqlite)


def name_of(make: Make) -> str:
    return make.__name__


@pytest.mark.benchmark(group="a row of ten metrics")
@pytest.mark.parametrize("make", MAKES, ids=name_of)
def test_call(
    benchmark: BenchmarkFixture, make: Make, peer: Peer, sizes: Sizes, tmp_path: Path
) -> None:
    log, close = make(tmp_path / "run", peer)
    row, steps = metrics_row(10), itertools.count()
    calls = sizes.slow_calls if make in SLOW else sizes.calls
    log(next(steps), row)
    benchmark.pedantic(lambda: log(next(steps), row), rounds=sizes.rounds, iterations=calls)
    close()


@pytest.mark.benchmark(group="a run of 100 rows: made, logged, closed")
@pytest.mark.parametrize("make", MAKES, ids=name_of)
def test_short_run(
    benchmark: BenchmarkFixture, make: Make, peer: Peer, sizes: Sizes, tmp_path: Path
) -> None:
    row, number = metrics_row(10), itertools.count()

    def run() -> None:
        log, close = make(tmp_path / str(next(number)), peer)
        for step in range(ROWS_OF_A_RUN):
            log(step, row)
        close()

    benchmark.pedantic(run, rounds=3 if sizes.rounds > 3 else 1, warmup_rounds=1)
