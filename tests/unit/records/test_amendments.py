"""Writes on the records of a recorder are recorded; those of a run are refused."""

from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest

import tachograph
from tachograph import ArgumentTypeError, ReadOnlyRecordError


@pytest.fixture
def logged(anywhere):
    anywhere.log_epoch(3, 1.0, 0.5, {"mae": 2.0, "mse": 4.0}, {"mae": 3.0}, 0.1, 60.0)
    anywhere.log_epoch(4, 0.9)
    return anywhere


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("train_loss", 9.5),
        ("val_loss", 0.25),
        ("val_loss", None),
        ("learning_rate", 0.0),
        ("epoch_time", 1.5),
        ("memory_usage", 123.0),
        ("memory_usage", None),
        ("gradient_norm", 0.0),
        ("is_best", False),
        ("timestamp", datetime(2020, 5, 6, 7, 8, 9, 12, tzinfo=UTC)),
        ("sample_predictions", {"x": [1, 2]}),
        ("train_metrics", {"mae": 1.0, "new": 5.0}),
        ("val_metrics", {}),
    ],
)
def test_an_attribute_write_is_read_back(logged, name, value):
    record = logged.epochs[0]

    setattr(record, name, value)

    assert getattr(record, name) == value
    assert getattr(logged.epochs[0], name) == value
    assert (
        getattr(logged.epochs[1], name) != value
        or name in ("val_loss", "gradient_norm")
        or (value in ({}, 0.0, False))
    )


def test_writes_while_iterating_reach_their_own_rows(logged):
    for record in logged.epochs:
        record.memory_usage = record.epoch * 10

    assert [record.memory_usage for record in logged.epochs] == [30.0, 40.0]


def test_items_of_metrics_persist(logged):
    record = logged.epochs[0]

    record.train_metrics["mae"] = 7.0
    record.train_metrics.update(extra=1.0, array=np.arange(3))
    del record.train_metrics["mse"]
    record.val_metrics.pop("mae")
    record.val_metrics |= {"f1": 0.5}

    again = logged.epochs[0]
    assert again.train_metrics.keys() == {"mae", "extra", "array"}
    assert again.train_metrics["mae"] == 7.0
    np.testing.assert_array_equal(again.train_metrics["array"], np.arange(3))
    assert again.val_metrics == {"f1": 0.5}


def test_amendments_are_in_the_file(recorder):
    recorder.log_epoch(0, 1.0, 0.5)
    recorder.epochs[0].val_loss = 0.125
    recorder.epochs[0].train_metrics["late"] = 2.0
    recorder.close()

    run = tachograph.open(recorder.path)

    assert run.epochs[0].val_loss == 0.125
    assert run.epochs[0].train_metrics == {"late": 2.0}


def test_columns_that_only_amendments_have_come_as_first_seen(recorder):
    recorder.log_epoch(0, 1.0)
    recorder.log_epoch(1, 1.0)
    recorder.epochs[1].train_metrics["middle"] = 3
    recorder.epochs[0].train_metrics["zeta"] = 1
    recorder.epochs[0].train_metrics["alpha"] = 2

    names = recorder.epochs.to_polars().columns
    assert [name for name in names if name.startswith("train_") and "loss" not in name] == [
        "train_middle",
        "train_zeta",
        "train_alpha",
    ]


def test_the_best_epoch_follows_an_amended_loss(logged):
    logged.epochs[1].val_loss = 0.25
    assert logged.best_epoch == 4

    logged.log_epoch(5, 0.8, 0.3)
    assert logged.epochs[-1].is_best is False
    logged.log_epoch(6, 0.8, 0.2)
    assert logged.epochs[-1].is_best is True


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("train_loss", None),
        ("train_loss", "0.5"),
        ("learning_rate", None),
        ("timestamp", 12.0),
        ("train_metrics", [1]),
        ("sample_predictions", [1]),
    ],
)
def test_a_value_of_the_wrong_type_is_refused_and_changes_nothing(logged, name, value):
    before = logged.epochs[0]
    record = logged.epochs[0]

    with pytest.raises(ArgumentTypeError, match=name):
        setattr(record, name, value)

    assert record == before == logged.epochs[0]


def test_a_metric_name_that_is_no_text_is_refused(logged):
    with pytest.raises(ArgumentTypeError):
        logged.epochs[0].train_metrics[3] = 1.0


def test_the_label_cannot_be_changed(logged):
    with pytest.raises(ReadOnlyRecordError):
        logged.epochs[0].epoch = 9


def test_a_timestamp_of_another_zone_is_the_same_instant(logged):
    moment = datetime(2026, 1, 1, 12, tzinfo=timezone(timedelta(hours=5)))

    logged.epochs[0].timestamp = moment

    assert logged.epochs[0].timestamp == moment
    assert logged.epochs[0].timestamp.tzinfo is UTC


def test_records_of_a_run_refuse_writes(recorder):
    recorder.log_epoch(0, 1.0, train_metrics={"mae": 2.0})
    record = tachograph.open(recorder.path).epochs[0]

    with pytest.raises(AttributeError, match="opened for reading"):
        record.val_loss = 0.5

    assert record.val_loss is None
