"""Columns become curves over steps, epochs and time."""

from datetime import UTC, datetime, timedelta
from itertools import count

import numpy as np
import pytest

from tachograph import UnknownMetricError
from tachograph.curves import curve, curve_names
from tachograph.exceptions import InvalidArgumentError

START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def both(recorder):
    """Three epochs, labelled 10 to 12, after four steps each, and two steps more."""
    for epoch in range(10, 13):
        for _ in range(4):
            recorder.log_step(loss=1.0)
        recorder.log_epoch(epoch, 0.5, 0.75 if epoch == 11 else None)
    recorder.log_step(loss=2.0)
    recorder.log_step(loss=3.0)
    return recorder


def test_names_are_the_columns_of_numbers(recorder):
    recorder.log_step(loss=1.0, lr=0.1)
    recorder.log_epoch(0, 1.0, train_metrics={"mae": 1.0, "matrix": np.eye(2)})

    assert curve_names(recorder, "steps") == ["loss", "lr"]
    assert "train/mae" in curve_names(recorder, "epochs")
    assert not {"is_best", "train/matrix"} & set(curve_names(recorder, "epochs"))


def test_each_table_has_its_own_axis(both):
    steps = curve(both, "loss")
    epochs = curve(both, "train_loss", table="epochs")

    assert (steps.axis, steps.x.tolist()) == ("step", list(range(14)))
    assert (epochs.axis, epochs.x.tolist()) == ("epoch", [10, 11, 12])
    assert steps.y.tolist()[-3:] == [1.0, 2.0, 3.0]


def test_validation_stands_where_it_ran(both):
    assert curve(both, "val_loss", table="epochs").x.tolist() == [11]


def test_an_epoch_stands_at_the_last_step_before_it(both):
    over_steps = curve(both, "train_loss", table="epochs", axis="step")

    assert (over_steps.axis, over_steps.x.tolist()) == ("step", [3, 7, 11])
    assert curve(both, "val_loss", table="epochs", axis="step").x.tolist() == [7]


def test_a_step_is_a_fraction_of_the_epoch_that_it_leads_to(both):
    over_epochs = curve(both, "loss", axis="epoch")

    assert over_epochs.axis == "epoch"
    expected = [9.25, 9.5, 9.75, 10, 10.25, 10.5, 10.75, 11, 11.25, 11.5, 11.75, 12, 12.25, 12.5]
    assert over_epochs.x.tolist() == pytest.approx(expected)


def test_without_the_other_table_the_axis_stays(recorder):
    recorder.log_step(5, {"loss": 1.0})

    assert curve(recorder, "loss", axis="epoch").axis == "step"
    assert curve(recorder, "loss", axis="epoch").x.tolist() == [5]


def test_time_counts_from_the_first_row(recorder):
    recorder.log_epoch(0, 1.0, timestamp=START)
    recorder.log_epoch(1, 1.0, 2.0, timestamp=START + timedelta(seconds=90.5))

    assert curve(recorder, "train_loss", table="epochs", axis="wall_time").x.tolist() == [0, 90.5]
    only = curve(recorder, "val_loss", table="epochs", axis="wall_time")
    assert (only.axis, only.x.tolist()) == ("wall_time", [90.5])


def test_labels_that_go_back_are_put_in_order(recorder):
    for step in (4, 2, 9, 2):
        recorder.log_step(step, {"loss": float(step), "place": recorder.status.steps})

    ordered = curve(recorder, "place")

    assert ordered.x.tolist() == [2, 2, 4, 9]
    assert ordered.y.tolist() == [1, 3, 0, 2]


def test_epochs_that_begin_anew_give_ascending_fractions(recorder):
    for epoch in (0, 1, 0, 1):
        recorder.log_step(loss=1.0)
        recorder.log_step(loss=1.0)
        recorder.log_epoch(epoch, 1.0)

    assert np.all(np.diff(curve(recorder, "loss", axis="epoch").x) >= 0)


def test_unknown_names_and_axes_are_told(both):
    with pytest.raises(UnknownMetricError, match="'loss'"):
        curve(both, "los")
    with pytest.raises(InvalidArgumentError, match="axis must be 'step', 'epoch' or 'wall_time'"):
        curve(both, "loss", axis="hours")
    with pytest.raises(InvalidArgumentError, match="table"):
        curve_names(both, "rows")


def test_a_million_steps_are_read_by_the_column(make_recorder, monkeypatch):
    recorder = make_recorder(dir=None)
    n = 1_000_000
    values = np.random.default_rng(0).standard_normal(n)
    recorder.log_steps(np.arange(n), {f"m{i}": values for i in range(3)})
    recorder.log_epoch(0, 1.0)
    reader, read = recorder._columns(), []

    class Listening:
        def __getattr__(self, name):
            read.append(name)
            return getattr(reader, name)

    monkeypatch.setattr(type(recorder), "_columns", lambda _: Listening())

    drawn = curve(recorder, "m1", axis="wall_time").thinned(2000)

    assert len(drawn) < 2100
    # Whole columns, a few times; record by record it takes half a minute.
    assert set(read) == {"column", "column_rows", "index"}
    assert len(read) < 10


@pytest.mark.parametrize("axis", ["step", "epoch", "wall_time"])
@pytest.mark.parametrize("table", ["steps", "epochs"])
def test_a_run_that_is_written_while_it_is_read(recorder, monkeypatch, table, axis):
    recorder.log_step(0, {"loss": 1.0})
    recorder.log_epoch(0, 1.0)
    real = recorder._columns

    def growing():
        at = next(labels)
        recorder.log_step(at, {"loss": 1.0})
        recorder.log_epoch(at, 1.0)
        return real()

    labels = count(1)
    monkeypatch.setattr(recorder, "_columns", growing)

    found = curve(recorder, "loss" if table == "steps" else "train_loss", table=table, axis=axis)

    assert len(found.x) == len(found.y) > 0
