"""The epoch of each step, as a column of the steps that has to be asked for."""

import numpy as np
import pytest

import tachograph
from tachograph import TrainingRecorder, UnknownMetricError

pa = pytest.importorskip("pyarrow")
pl = pytest.importorskip("polars")


@pytest.fixture(params=["memory", "directory"])
def recorder(request, tmp_path):
    directory = None if request.param == "memory" else tmp_path
    with TrainingRecorder("x", dir=directory, capture_environment=False) as recorder:
        yield recorder


def test_a_step_is_in_the_epoch_that_is_logged_after_it(recorder):
    for epoch in (10, 20):
        for step in range(3):
            recorder.log_step(epoch + step, loss=0.5)
            recorder.log_step(epoch + step, {"lr": 0.1})  # the same row, of two calls
        recorder.log_epoch(epoch, 1.0)
    recorder.log_step(99, loss=0.25)
    frame = recorder.steps.select(["lr", "epoch", "loss"])
    assert frame.columns == ["step", "attempt", "epoch", "wall_time", "lr", "loss"]
    assert pl.DataFrame(frame)["epoch"].to_list() == [10, 10, 10, 20, 20, 20, None]
    assert pa.table(frame).schema.field("epoch").type == pa.int64()
    epochs = frame.to_numpy()["epoch"]
    assert epochs.mask.tolist() == [False] * 6 + [True]
    assert epochs.compressed().tolist() == [10, 10, 10, 20, 20, 20]
    some = recorder.steps.select(["epoch"], start=12, stop=21).to_numpy()
    assert some["step"].tolist() == [12, 20]
    assert some["epoch"].tolist() == [10, 20]
    assert "epoch" not in recorder.steps.to_numpy()


def test_there_may_be_no_epoch(recorder):
    recorder.log_step(1, loss=0.5)
    assert pl.DataFrame(recorder.steps.select(["epoch"]))["epoch"].to_list() == [None]


def test_a_metric_of_that_name_is_meant_where_there_is_one(recorder):
    recorder.log_step(1, {"epoch": 0.25})
    recorder.log_epoch(7, 1.0)
    frame = recorder.steps.select(["epoch"])
    assert frame.columns == ["step", "attempt", "wall_time", "epoch"]
    assert frame.to_numpy()["epoch"].tolist() == [0.25]


def test_the_attempt_of_steps_is_always_there_and_other_names_are_unknown(recorder):
    recorder.log_step(1, loss=0.5)
    with pytest.raises(UnknownMetricError):
        recorder.steps.select(["epochs"])


def test_after_a_resume_and_over_many_blocks(tmp_path):
    n = 150_000
    with TrainingRecorder("x", dir=tmp_path, capture_environment=False) as recorder:
        recorder.log_steps(np.arange(n), {"loss": np.ones(n)})
        recorder.log_epoch(1, 1.0)
        recorder.log_steps(np.arange(n, n + 10), {"loss": np.ones(10)})
    with TrainingRecorder(
        "x", dir=tmp_path, run_id=recorder.path.name, resume="must", capture_environment=False
    ) as recorder:
        recorder.log_step(n + 5, loss=2.0)  # hides the last five of the first attempt
        recorder.log_epoch(2, 1.0)
    columns = tachograph.open(recorder.path).steps.select(["epoch"]).to_numpy()
    assert len(columns["step"]) == n + 6
    assert set(columns["epoch"][:n].tolist()) == {1}
    assert columns["epoch"][n:].tolist() == [2] * 6
    assert columns["attempt"][n:].tolist() == [1] * 5 + [2]


def test_where_rows_are_lost_a_step_has_its_own_epoch_or_none(tmp_path):
    options = {"dir": tmp_path / "runs", "capture_environment": False}
    for first in (1, 4, 7):
        with TrainingRecorder("x", run_id="a", resume="allow", **options) as recorder:
            for epoch in range(first, first + 3):
                for step in range(4):
                    recorder.log_step(10 * epoch + step, loss=1.0)
                recorder.log_epoch(epoch, 1.0)
    content = (recorder.path / "run.tacho").read_bytes()
    log = tmp_path / "run.tacho"
    unknown = 0
    for at in range(64, len(content) - 700, 24):
        broken = bytearray(content)
        broken[at] ^= 0xFF
        log.write_bytes(broken)
        columns = tachograph.open(tmp_path).steps.select(["epoch"]).to_numpy()
        epochs = np.ma.masked_array(columns["epoch"])
        own = columns["step"] // 10
        assert (np.ma.getmaskarray(epochs) | (epochs.filled(-1) == own)).all(), at
        unknown += np.ma.getmaskarray(epochs).any()
    assert unknown
