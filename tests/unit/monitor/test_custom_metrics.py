"""Metrics of one's own, on every way that metrics go."""

import numpy as np
import pytest

import tachograph
from tachograph import ArgumentTypeError, InvalidArgumentError
from tachograph.monitor import (
    ClassificationTotals,
    metrics_text,
    read_history,
    record_epoch,
    register_metric,
    registered_metrics,
    unregister_metric,
    write_history,
)
from tachograph.monitor.custom_metrics import with_custom_metrics

TOTALS = ClassificationTotals(
    confusion_matrix=np.array([[3, 1], [2, 4]]),
    bin_samples=np.array([[7, 3]]),
    bin_confidences=np.array([[6.5, 2.0]]),
    confidence_moments=(10.0, 0.85, 0.1),
    confidence_min=0.5,
    confidence_max=1.0,
    nonfinite_samples=0,
    ignored=0,
)


@pytest.fixture(autouse=True)
def _nothing_stays_registered():
    yield
    for name in registered_metrics():
        unregister_metric(name)


def test_a_registered_metric_stands_behind_the_others():
    register_metric("kappa", lambda epoch: epoch.totals.confusion_matrix[0, 0])

    found = with_custom_metrics({"loss": 1.0, "acc": 0.7}, "val", TOTALS)

    assert found == {"loss": 1.0, "acc": 0.7, "kappa": 3}
    assert type(found["kappa"]) is int


def test_it_is_printed_kept_and_recorded(tmp_path):
    register_metric("mine", lambda _: 0.25)
    found = with_custom_metrics({"loss": 1.0, "lr": 0.1, "epoch": 1}, "train", TOTALS)

    assert "  Other Metrics       :\n    epoch" in metrics_text("x", found)
    assert "\n    mine              : 0.250000" in metrics_text("x", found)
    write_history(tmp_path / "history.json", {"train": [found], "val": []})
    assert read_history(tmp_path / "history.json")["train"][0]["mine"] == 0.25
    with tachograph.TrainingRecorder("x", dir=tmp_path, capture_environment=False) as recorder:
        record_epoch(recorder, found, {"loss": 2.0, "mine": 0.5})
    with tachograph.open(recorder.path) as run:
        record = run.epochs[0]
        assert (record.epoch, record.train_loss, record.val_loss) == (1, 1.0, 2.0)
        assert record.learning_rate == 0.1
        assert (record.train_metrics, record.val_metrics) == ({"mine": 0.25}, {"mine": 0.5})


def test_a_split_may_be_chosen():
    register_metric("only", lambda _: 1.0, split="val")

    assert with_custom_metrics({}, "train", TOTALS) == {}
    assert with_custom_metrics({}, "val", TOTALS) == {"only": 1.0}


def test_a_decorator_leaves_the_function_as_it_is():
    @register_metric("sum", split="train")
    def total(epoch):
        return epoch.metrics["loss"] + 1

    assert total.__name__ == "total"
    assert with_custom_metrics({"loss": 1.0}, "train", TOTALS)["sum"] == 2.0


def test_a_function_may_say_several_things_or_nothing():
    register_metric("some", lambda _: {"a": np.float32(0.5), "b": np.int64(2)})
    register_metric("none", lambda _: None)
    register_metric("later", lambda epoch: epoch.metrics["some_b"] + 1)

    found = with_custom_metrics({}, "val", TOTALS)

    assert found == {"some_a": 0.5, "some_b": 2, "later": 3}
    assert [type(value) for value in found.values()] == [float, int, int]


def test_what_a_function_is_given_cannot_be_changed():
    def change(epoch):
        epoch.metrics["loss"] = 0.0

    register_metric("change", change)

    with pytest.raises(TypeError, match="item assignment") as raised:
        with_custom_metrics({"loss": 1.0}, "val", TOTALS)
    assert raised.value.__notes__ == ["in the metric 'change', registered with register_metric"]


@pytest.mark.parametrize("value", ["text", [1.0, 2.0], np.zeros(2), {1: 2.0}, object()])
def test_what_is_no_number_is_refused_by_name(value):
    register_metric("wrong", lambda _: value)

    with pytest.raises(ArgumentTypeError, match="wrong"):
        with_custom_metrics({}, "val", TOTALS)


@pytest.mark.parametrize(
    "name",
    [
        *("loss", "acc", "grad_norm_mean", "class_7_acc", "confidence_wrong_mean", "true_pos"),
        *("confusion_matrix", "lr", "epoch", "weight_change_l2", "calibration_error", "rmse"),
    ],
)
def test_the_librarys_own_names_are_taken(name):
    with pytest.raises(InvalidArgumentError, match="take another") as raised:
        register_metric(name, lambda _: 1.0)
    assert raised.value.argument == "name"
    assert registered_metrics() == ()


def test_a_name_is_taken_once_unless_it_is_replaced():
    register_metric("mine", lambda _: 1.0)

    with pytest.raises(InvalidArgumentError, match="replace=True"):
        register_metric("mine", lambda _: 2.0)
    register_metric("mine", lambda _: 2.0, replace=True)
    assert with_custom_metrics({}, "val", TOTALS) == {"mine": 2.0}


def test_two_functions_that_give_one_name_are_told():
    register_metric("a_b", lambda _: 1.0)
    register_metric("a", lambda _: {"b": 2.0})

    with pytest.raises(InvalidArgumentError, match="'a_b'"):
        with_custom_metrics({}, "val", TOTALS)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("", len), InvalidArgumentError),
        (("two\nlines", len), InvalidArgumentError),
        ((1, len), ArgumentTypeError),
        (("mine", 1), ArgumentTypeError),
    ],
)
def test_wrong_arguments_are_refused(arguments, error):
    with pytest.raises(error):
        register_metric(*arguments)
    with pytest.raises(InvalidArgumentError):
        register_metric("mine", len, split="test")
    with pytest.raises(InvalidArgumentError, match="none is"):
        unregister_metric("mine")


@pytest.mark.parametrize(("train", "argument"), [({"loss": 1.0}, "epoch"), ({"epoch": 1}, "train")])
def test_an_epoch_without_number_or_loss_is_not_recorded(tmp_path, train, argument):
    with (
        tachograph.TrainingRecorder("x", dir=None, capture_environment=False) as recorder,
        pytest.raises(InvalidArgumentError) as raised,
    ):
        record_epoch(recorder, train)
    assert raised.value.argument == argument
