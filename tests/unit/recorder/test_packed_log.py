"""A packed log is one file; a recorder loaded from it is in memory."""

import numpy as np
import pytest

import tachograph
from tachograph import TrainingRecorder
from tachograph._core import pack


@pytest.fixture
def packed(make_recorder, tmp_path):
    with make_recorder("name", {"n": 3}, run_id="r1") as recorder:
        for step in range(300):
            recorder.log_step(step, {"loss": float(step)})
            if step % 50 == 0:
                recorder.log_step(step, {"eval": step, "rare": 0.5})
        recorder.log_epoch(0, 1.0, 0.5, {"mae": 2.0}, {"array": np.arange(3)})
        recorder.log_epoch(1, 0.9, 0.6)
    pack(str(recorder.path), str(tmp_path / "run-r1.tacho"))
    return recorder, tmp_path / "run-r1.tacho"


def test_it_opens_for_reading(packed):
    recorder, path = packed

    run = tachograph.open(path)

    assert run.status.state == "packed"
    assert run.run_id == "r1"
    assert run.epochs == list(recorder.epochs)
    assert len(run.steps) == 300


def test_a_recorder_of_it_has_all_rows_in_memory(packed):
    recorder, path = packed

    loaded = TrainingRecorder.load(path)

    assert loaded.path is None
    assert loaded.epochs == list(recorder.epochs)
    assert loaded.model_config == {"n": 3}
    assert loaded.start_time == recorder.start_time
    before, after = tachograph.open(path), loaded._columns()
    for name in before.metrics:
        for expected, found in zip(
            before.history(name), after.column("steps", 1, name), strict=True
        ):
            np.testing.assert_array_equal(found, expected)
            assert found.dtype == expected.dtype
    for expected, found in zip(before._columns().index("steps"), after.index("steps"), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_logging_to_it_leaves_the_file_alone(packed):
    _, path = packed
    before = path.read_bytes()

    loaded = TrainingRecorder.load(path)
    loaded.log_epoch(2, 0.8, 0.4)
    loaded.log_step(300, {"loss": 0.0})

    assert [record.epoch for record in loaded.epochs] == [0, 1, 2]
    assert loaded.best_epoch == 2
    assert path.read_bytes() == before
