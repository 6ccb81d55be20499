"""Runs side by side."""

import math
from pathlib import Path

import numpy as np
import pytest

import tachograph
from tachograph import Comparison, TrainingRecorder, compare
from tachograph.exceptions import ArgumentTypeError, InvalidArgumentError, RunNotFoundError
from tachograph.overview.comparison import cells_of
from tachograph.overview.configurations import ABSENT, settings_of
from tachograph.overview.wording import NOTHING


def trained(make_recorder, name, losses, val=None, **config):
    recorder = make_recorder(name, {"layers": 2, **config}, {"lr": 0.1})
    for epoch, loss in enumerate(losses):
        recorder.log_epoch(
            epoch, loss, None if val is None else val[epoch], learning_rate=0.5, epoch_time=2.0
        )
        recorder.log_step(epoch, {"loss": loss})
    return recorder


def test_results_and_what_differs(make_recorder):
    first = trained(make_recorder, "a", [3.0, 2.0], [3.5, 2.5], act="relu", depth={"n": 1})
    second = trained(make_recorder, "b", [3.0, 1.0, 2.0], [3.5, 1.5, 2.5], act="gelu")

    found = compare([first, second])

    assert isinstance(found, Comparison)
    assert {setting.name: setting.values for setting in found.configuration} == {
        "model.act": ("relu", "gelu"),
        "model.depth.n": (1, ABSENT),
    }
    assert {setting.name for setting in found.settings} == {
        "model.layers",
        "model.act",
        "model.depth.n",
        "training.lr",
    }
    one = found.results[1]
    assert (one.experiment_name, one.run_id) == ("b", second.run_id)
    assert (one.epochs, one.steps, one.best_epoch) == (3, 3, 1)
    assert (one.best_loss, one.best_val_loss, one.best_train_loss) == (1.5, 1.5, 1.0)
    assert (one.total_time, one.final_learning_rate) == (6.0, 0.5)
    assert one.convergence == "insufficient_data"
    assert found.best == 1
    assert found.labels == ("a", "b")
    assert found.pair == first.compare_with(second)


def test_paths_runs_and_records_may_be_mixed(make_recorder, tmp_path):
    recorder = trained(make_recorder, "a", [1.0])
    recorder.close()
    recorder.save(tmp_path / "record.json")
    with tachograph.open(recorder.path) as run:
        found = compare([recorder, run, recorder.path, str(tmp_path / "record.json")])
        assert run.run_id == recorder.run_id  # what was open stays open

    assert [result.best_loss for result in found.results] == [1.0] * 4
    assert found.configuration == ()
    assert found.pair is None
    assert len(set(found.labels)) == len(found.labels)
    assert all(recorder.run_id.rpartition("-")[2] in label for label in found.labels)


def test_a_run_whose_epochs_have_no_times_shows_none(make_recorder):
    untimed = make_recorder("untimed")
    untimed.log_epoch(0, 1.0)
    timed = trained(make_recorder, "timed", [2.0])

    shown = cells_of(compare([untimed, timed]))

    assert [cells[6] for cells in shown] == [NOTHING, "2.0 s"]


def test_best_compares_like_with_like(make_recorder):
    validated = trained(make_recorder, "a", [1.0], [5.0])
    trained_only = trained(make_recorder, "b", [2.0])
    nothing = make_recorder("c")

    assert compare([validated, trained_only, nothing]).best == 0
    assert compare([nothing]).best is None
    assert compare([trained_only, nothing]).best == 0


def test_runs_without_anything(make_recorder):
    found = compare([make_recorder("a"), make_recorder("b")])

    assert found.settings == ()
    assert found.best is None
    assert found.results[0].best_loss is None
    assert found.pair["compared"] is None


@pytest.mark.parametrize(
    ("first", "second", "differs"),
    [
        (1, 1, False),
        (1, 1.0, True),
        (1, True, True),
        (math.nan, math.nan, False),
        ([1, 2], [1, 2], False),
        ([1, 2], [2, 1], True),
        (None, None, False),
        ({}, {"a": 1}, True),
        (np.arange(3), np.arange(3), False),
    ],
)
def test_what_counts_as_different(first, second, differs):
    found = settings_of([{"k": first}, {"k": second}])

    assert any(setting.differs for setting in found) is differs


def test_a_key_with_a_dot_is_not_a_path():
    found = settings_of([{"a.b": 1}, {"a": {"b": 1}}])

    assert [(setting.name, setting.values) for setting in found] == [
        ("a.b", (1, ABSENT)),
        ("a.b", (ABSENT, 1)),
    ]


def test_bad_arguments(tmp_path):
    with pytest.raises(InvalidArgumentError, match="at least one"):
        compare([])
    with pytest.raises(ArgumentTypeError, match="int"):
        compare([1])
    with pytest.raises(RunNotFoundError):
        compare([tmp_path / "nowhere"])


def test_a_configuration_that_is_no_mapping():
    with (
        TrainingRecorder("a", "resnet", dir=None) as first,
        TrainingRecorder("b", dir=None) as second,
    ):
        (setting,) = compare([first, second]).configuration

    assert (setting.name, setting.values) == ("model", ("resnet", ABSENT))


def test_a_loss_that_is_nan_is_not_the_best(make_recorder):
    lost = trained(make_recorder, "a", [math.nan], [0.5])
    known = trained(make_recorder, "b", [0.75])

    assert compare([lost, known]).best == 1
    assert compare([known, lost]).best == 0


class Odd:
    def __repr__(self):
        return "<odd>"


@pytest.mark.parametrize(
    "value",
    [
        *(np.float32(0.1), np.float64(0.1), np.int64(3), np.bool_(True), np.arange(3)),
        *(Odd(), [Odd()], {"a": [np.float32(0.5)]}, Path("x"), {1, 2}, (1, (2, 3)), math.nan),
        *(b"x", 2**70, frozenset({1}), None, dict),
    ],
    ids=repr,
)
def test_a_recorder_is_set_as_its_own_log_says(value, tmp_path):
    with TrainingRecorder("x", {"value": value}, dir=tmp_path) as made:
        made.log_step(0, {"loss": 1.0})
        made.save(tmp_path / "record.json")

    assert compare([made, made.path, tmp_path / "record.json"]).configuration == ()


@pytest.mark.parametrize(
    ("first", "second"),
    [([1], [True]), ([1], [1.0]), ([[1]], [[1.0]]), ([{"a": 1}], [{"a": 1.0}]), ([1], [1, 2])],
)
def test_lists_of_other_values_are_other_settings(make_recorder, first, second):
    runs = [make_recorder("x", {"value": value}) for value in (first, second)]

    (setting,) = compare(runs).configuration
    assert setting.values == (first, second)
