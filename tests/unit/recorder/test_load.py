"""Records come back from run directories, logs, JSON (ours and older), and pickles."""

import json
import subprocess
from datetime import UTC, datetime

import numpy as np
import pytest

import tachograph
from tachograph import (
    RecorderClosedError,
    RecordFormatError,
    RunNotFoundError,
    TrainingRecorder,
    UnsupportedFormatError,
)

OLDER = """{
 "experiment_name": "older", "model_config": {"a": 1}, "training_config": {},
 "best_epoch": 0, "best_val_loss": "Infinity", "created_at": "2024-05-06T07:08:09.123456",
 "epochs": [
  {"epoch": 0, "timestamp": "2024-05-06T07:08:10", "train_loss": NaN, "val_loss": Infinity,
   "train_metrics": {"mae": -Infinity}, "val_metrics": {}, "learning_rate": 0.1,
   "epoch_time": 1.0, "memory_usage": null, "gradient_norm": null, "is_best": true,
   "sample_predictions": null},
  {"epoch": 1, "train_loss": 0.5}
 ]}"""


@pytest.fixture
def saved(make_recorder, tmp_path):
    """A closed run, and the path of each form of it."""
    recorder = make_recorder("name", {"n": 3, "x": [1.5, None]}, {"lr": 0.1})
    recorder.log_step(0, {"loss": 2.0})
    recorder.log_epoch(
        10,
        float("nan"),
        float("inf"),
        {"mae": 1.5, "count": 3, "array": np.arange(6, dtype="f4").reshape(2, 3), "text": "NaN"},
        {"mae": float("-inf")},
        sample_predictions={"x": np.array([1.0, np.nan]), "names": ["a", "b"]},
    )
    recorder.log_epoch(11, 0.5, 0.25, gradient_norm=0.0, memory_usage=0.0)
    recorder.early_stopping_info = {"patience": 3}
    recorder.close()
    return recorder, {
        "run": recorder.path,
        "json": recorder.save(tmp_path / "record.json"),
        "pickle": recorder.export_to_pickle(tmp_path / "record.pkl"),
    }


@pytest.mark.parametrize("form", ["run", "json", "pickle"])
def test_everything_comes_back(saved, form, monkeypatch):
    recorder, paths = saved
    monkeypatch.setattr(subprocess, "Popen", None)  # no external command is run

    loaded = TrainingRecorder.load(paths[form])

    assert loaded.epochs == list(recorder.epochs)
    assert loaded.experiment_name == "name"
    assert loaded.run_id == recorder.run_id
    assert loaded.model_config == recorder.model_config
    assert loaded.training_config == recorder.training_config
    assert loaded.experiment_metadata == recorder.experiment_metadata
    assert loaded.early_stopping_info == {"patience": 3}
    assert loaded.start_time == recorder.start_time
    assert (loaded.best_epoch, loaded.best_val_loss) == (11, 0.25)
    assert loaded.get_training_summary() == recorder.get_training_summary()
    assert type(loaded.epochs[0].train_metrics["count"]) is int
    assert loaded.epochs[0].train_metrics["array"].dtype == np.dtype("f4")


@pytest.mark.parametrize("form", ["json", "pickle"])
def test_what_is_logged_to_a_loaded_file_stays_in_memory(saved, form, tmp_path):
    _, paths = saved
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}

    loaded = TrainingRecorder.load(paths[form])
    loaded.log_epoch(12, 0.4, 0.2)
    loaded.log_step(1, {"loss": 1.0})

    assert [record.epoch for record in loaded.epochs] == [10, 11, 12]
    assert loaded.epochs[-1].is_best is True
    assert loaded.path is None
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_loading_a_run_writes_nothing_until_it_is_logged_to(saved):
    recorder, paths = saved
    before = {path: path.read_bytes() for path in recorder.path.iterdir()}

    loaded = TrainingRecorder.load(paths["run"])
    assert loaded.status.mechanism == "none"
    assert (loaded.status.epochs, loaded.status.steps) == (2, 1)
    loaded.get_training_summary()
    loaded.sync()
    assert {path: path.read_bytes() for path in recorder.path.iterdir()} == before
    assert len(loaded.attempts) == 1

    loaded.log_epoch(12, 0.4, 0.2)

    assert len(loaded.attempts) == 2
    assert [record.epoch for record in loaded.epochs] == [10, 11, 12]
    assert loaded.epochs[-1].is_best is True
    loaded.close()


@pytest.mark.parametrize(
    "write",
    [
        lambda loaded: loaded.log_step(1, {"loss": 1.0}),
        lambda loaded: loaded.log_step(loss=1.0),
        lambda loaded: loaded.log_steps([1, 2], {"loss": [1.0, 2.0]}),
        lambda loaded: setattr(loaded.epochs[0], "val_loss", 1.0),
        lambda loaded: setattr(loaded, "early_stopping_info", {"a": 1}),
    ],
)
def test_any_write_begins_the_next_attempt(saved, write):
    _, paths = saved
    loaded = TrainingRecorder.load(paths["run"])

    write(loaded)
    loaded.log_step(None, {"loss": 1.0})

    assert len(loaded.attempts) == 2
    loaded.close()
    assert len(tachograph.open(paths["run"]).attempts) == 2


def test_a_subclass_keeps_its_own_log_step(saved):
    class Doubling(TrainingRecorder):
        def log_step(self, step=None, metrics=None, **kwargs):
            super().log_step(step, {name: 2 * value for name, value in (metrics or {}).items()})

    loaded = Doubling.load(saved[1]["run"])
    assert type(loaded) is Doubling
    loaded.log_step(5, {"loss": 4.0})
    loaded.close()

    assert tachograph.open(saved[1]["run"]).history("loss")[1].tolist() == [2.0, 8.0]


def test_a_closed_loaded_run_refuses_to_begin_again(saved):
    loaded = TrainingRecorder.load(saved[1]["run"])
    loaded.close()

    with pytest.raises(RecorderClosedError):
        loaded.log_epoch(20, 1.0)
    with pytest.raises(RecorderClosedError):
        loaded.log_step(20, {"loss": 1.0})
    assert len(loaded.attempts) == 1


def test_saving_what_was_loaded_gives_the_same_file(saved, tmp_path):
    loaded = TrainingRecorder.load(saved[1]["json"])
    loaded.save(tmp_path / "again.json")

    first, second = (
        json.loads((tmp_path / name).read_text()) for name in ("record.json", "again.json")
    )
    del first["saved_at"], second["saved_at"]
    assert first == second


def test_a_record_of_an_older_program(tmp_path):
    (tmp_path / "old.json").write_text(OLDER)

    loaded = TrainingRecorder.load(tmp_path / "old.json")

    first, second = loaded.epochs
    assert np.isnan(first.train_loss)
    assert first.val_loss == float("inf")
    assert first.train_metrics == {"mae": float("-inf")}
    assert first.timestamp == datetime(2024, 5, 6, 7, 8, 10).astimezone(UTC)
    assert (second.train_loss, second.val_loss, second.train_metrics) == (0.5, None, {})
    assert loaded.start_time == datetime(2024, 5, 6, 7, 8, 9, 123456).astimezone(UTC)
    loaded.save(tmp_path / "new.json")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "not a readable JSON record"),
        ("{", "not a readable JSON record"),
        (OLDER[:300], "not a readable JSON record"),
        ("[]", "no list of epochs"),
        ("3", "no list of epochs"),
        ("{}", "no list of epochs"),
        ('{"epochs": {}}', "no list of epochs"),
        ('{"epochs": [3]}', r"epochs\[0\] is no object"),
        ('{"epochs": [{"epoch": 0}]}', r"epochs\[0\] has no train_loss"),
        ('{"epochs": [{"epoch": "x", "train_loss": 1}]}', r"epochs\[0\].epoch must be an int"),
        ('{"epochs": [{"epoch": 0, "train_loss": "x"}]}', "train_loss"),
        ('{"epochs": [{"epoch": 0, "train_loss": 1, "timestamp": "x"}]}', "timestamp"),
        ('{"epochs": [], "a": {"__ndarray__": 3}}', "not a readable JSON record"),
        (
            '{"epochs": [], "a": {"__ndarray__": {"dtype": "O", "shape": [1], "data": ""}}}',
            "not al",
        ),
        (
            '{"epochs": [], "a": {"__datetime__": "0001-01-01T00:00:00+14:00"}}',
            "not a readable JSON record",
        ),
        (
            '{"epochs": [{"epoch": 0, "train_loss": 1, "timestamp": "0001-01-01T00:00:00+14:00"}]}',
            "timestamp",
        ),
        (
            '{"epochs": [{"epoch": 0, "train_loss": 1, "timestamp": 9000000000000000000}]}',
            "timestamp",
        ),
    ],
)
def test_a_file_that_is_no_record_says_why_and_where(tmp_path, content, said):
    path = tmp_path / "bad.json"
    path.write_text(content)

    with pytest.raises(ValueError, match=said) as caught:
        TrainingRecorder.load(path)

    assert isinstance(caught.value, RecordFormatError)
    assert str(path) in str(caught.value)


def test_bytes_that_are_no_text(tmp_path):
    (tmp_path / "bad.json").write_bytes(b"\xff\xfe{}")

    with pytest.raises(RecordFormatError):
        TrainingRecorder.load(tmp_path / "bad.json")


def test_a_newer_record_asks_for_a_newer_release(tmp_path):
    (tmp_path / "new.json").write_text('{"epochs": [], "format_version": 99}')

    with pytest.raises(UnsupportedFormatError, match="99"):
        TrainingRecorder.load(tmp_path / "new.json")


def test_nothing_there(tmp_path):
    for path in (tmp_path / "none.json", tmp_path / "none.tacho", tmp_path):
        with pytest.raises(FileNotFoundError) as caught:
            TrainingRecorder.load(path)
        assert isinstance(caught.value, RunNotFoundError)


def test_loading_is_by_content_whatever_the_name(saved, tmp_path):
    for form in ("json", "pickle"):
        saved[1][form].rename(tmp_path / f"{form}.data")

        assert len(TrainingRecorder.load(tmp_path / f"{form}.data").epochs) == 2


@pytest.mark.parametrize("ending", ["gz", "zst"])
def test_a_compressed_record_is_read(saved, tmp_path, ending):
    recorder, _ = saved
    path = recorder.save(tmp_path / f"record.json.{ending}")

    assert TrainingRecorder.load(path).epochs == list(recorder.epochs)

    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(RecordFormatError, match="decompressed"):
        TrainingRecorder.load(path)


def test_text_with_a_signature_is_read(tmp_path):
    (tmp_path / "bom.json").write_text("\ufeff" + OLDER, encoding="utf-8")

    assert len(TrainingRecorder.load(tmp_path / "bom.json").epochs) == 2
