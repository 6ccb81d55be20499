"""Columns stand in the order in which they were first seen, whatever their values are."""

import csv
import io
import json
import shutil

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tachograph
from tachograph import TrainingRecorder
from tachograph.records.salvage import pack, repair

EPOCHS = [
    {"note": "warm", "mse": 1.0, "per_class": np.array([0.1, 0.2])},
    {"mse": 2.0, "shape": [3, 4], "mae": 0.5, "note": 7},
    {"late": {"a": 1}, "mae": "none", "last": 0.25},
]
NAMES = ["note", "mse", "per_class", "shape", "mae", "late", "last"]


def log(recorder, epochs, first=1):
    for epoch, metrics in enumerate(epochs, first):
        recorder.log_epoch(epoch, 1.0, None, metrics, metrics)


def names_of_csv(record):
    text = record.export_to_csv(io.BytesIO()).getvalue().decode()
    return next(csv.reader(io.StringIO(text, newline="")))[9:]


def assert_in_order(record, names=NAMES):
    expected = [f"{split}_{name}" for split in ("train", "val") for name in names]
    assert names_of_csv(record) == expected
    assert list(record.epochs.to_numpy())[9:] == expected
    for epoch in json.loads(record.export_to_json(io.BytesIO()).getvalue())["epochs"]:
        assert list(epoch["train_metrics"]) == [n for n in names if n in epoch["train_metrics"]]
    for epoch in record.epochs:
        assert list(epoch.val_metrics) == [name for name in names if name in epoch.val_metrics]


@pytest.fixture
def closed(tmp_path):
    with TrainingRecorder("order", dir=tmp_path / "runs") as recorder:
        log(recorder, EPOCHS)
    return recorder.path


def test_of_a_run_in_memory():
    with TrainingRecorder("order", dir=None) as recorder:
        log(recorder, EPOCHS)
        assert_in_order(recorder)


def test_of_a_live_run_and_of_one_that_crashed(tmp_path):
    with TrainingRecorder("order", dir=tmp_path / "runs") as recorder:
        log(recorder, EPOCHS)
        assert_in_order(recorder)
        assert_in_order(tachograph.open(recorder.path))
        shutil.copytree(recorder.path, tmp_path / "crashed")
    assert list((tmp_path / "crashed").glob("*.tail-*"))
    assert_in_order(tachograph.open(tmp_path / "crashed"))


def test_of_a_closed_run_its_packed_copy_and_a_repaired_one(closed, tmp_path):
    assert_in_order(tachograph.open(closed))
    pack(closed, tmp_path / "packed.tacho")
    assert_in_order(tachograph.open(tmp_path / "packed.tacho"))
    repair(closed, tmp_path / "repaired.tacho")
    assert_in_order(tachograph.open(tmp_path / "repaired.tacho"))


def test_of_a_run_that_is_read_without_its_index(closed, tmp_path):
    content = (closed / "run.tacho").read_bytes()
    (tmp_path / "run.tacho").write_bytes(content[:-1])
    assert_in_order(tachograph.open(tmp_path))


def test_of_a_run_that_goes_on(closed, tmp_path):
    for first in (4, 5):
        with TrainingRecorder(
            "order", dir=tmp_path / "runs", run_id=closed.name, resume="must"
        ) as recorder:
            log(recorder, [{"z": "text", "a": 1.0, "note": "again"}], first)
            assert_in_order(recorder, [*NAMES, "z", "a"])
        assert_in_order(tachograph.open(closed), [*NAMES, "z", "a"])


VALUES = st.one_of(st.floats(), st.integers(0, 9), st.text("xy"), st.lists(st.integers(0, 3)))


@settings(
    max_examples=30,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(epochs=st.lists(st.dictionaries(st.sampled_from("abcdefgh"), VALUES), max_size=6))
def test_of_any_epochs(tmp_path_factory, epochs):
    names = list(dict.fromkeys(name for metrics in epochs for name in metrics))
    with TrainingRecorder(
        "any", dir=tmp_path_factory.mktemp("any"), capture_environment=False
    ) as recorder:
        log(recorder, epochs)
        assert_in_order(recorder, names)
    assert_in_order(tachograph.open(recorder.path), names)
