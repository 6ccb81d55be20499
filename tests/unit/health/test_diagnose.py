"""Histories by epoch: each failure is told at its epoch, and exactly at a limit nothing is."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tachograph.exceptions import (
    ArgumentTypeError,
    InvalidArgumentError,
    LogIOError,
    RecordFormatError,
)
from tachograph.health import Finding, diagnose, thresholds

NORMS = {
    "exploding_gradients": ("exploding_gradients", 100.0, math.inf),
    "vanishing_gradients": ("vanishing_gradients", 1e-6, -math.inf),
}


def norms(*values):
    return {"train": [{"epoch": at, "grad_norm_mean": v} for at, v in enumerate(values, 1)]}


def by_epoch(split, n_epochs=6, **values):
    return {split: [{"epoch": at, **values} for at in range(1, n_epochs + 1)]}


def troubles(found):
    return [(one.code, one.epoch) for one in found if one.severity != "note"]


@pytest.mark.parametrize(("code", "limit", "toward"), NORMS.values(), ids=NORMS)
def test_a_norm_exactly_at_its_limit_is_none_and_the_next_float_is(code, limit, toward):
    beyond = float(np.nextafter(limit, toward))

    assert troubles(diagnose(norms(1.0, limit, 1.0))) == []
    (found,) = [one for one in diagnose(norms(1.0, beyond, 1.0)) if one.code == code]

    assert (found.epoch, found.value, found.threshold) == (2, beyond, limit)
    assert (found.metric, found.split, found.step) == ("grad_norm_mean", "train", None)


def test_the_highest_norm_explodes_from_the_second_epoch_on():
    def history(*highest):
        rows = [{"grad_norm_mean": 1.0, "grad_norm_max": value} for value in highest]
        return {"train": rows}

    assert troubles(diagnose(history(500.0, 3.0, 100.0))) == []
    (found,) = [one for one in diagnose(history(500.0, 3.0, 101.0)) if one.code != "ok"]

    assert (found.code, found.epoch, found.metric) == ("exploding_gradients", 3, "grad_norm_max")


def test_a_spike_is_ten_times_the_median_of_the_five_before():
    before = [1.0, 2.0, 3.0, 4.0, 5.0]

    assert troubles(diagnose(norms(*before, 30.0))) == []
    (found,) = [one for one in diagnose(norms(*before, 30.1)) if one.code != "ok"]

    assert (found.code, found.epoch, found.threshold) == ("gradient_spike", 6, 30.0)
    assert troubles(diagnose(norms(*before[:4], 30.1))) == []  # five are not there yet


def test_stable_norms_are_ok_with_both_ends_of_the_range():
    found = diagnose(norms(1e-3, 10.0, 10.1, 2.0, 9e-4, 1e-3))

    assert [(one.code, one.epoch, one.value) for one in found] == [
        ("ok", 1, 1e-3),
        ("ok", 4, 2.0),
        ("ok", 6, 1e-3),
    ]
    assert all(one.severity == "note" for one in found)


def test_an_ok_stretch_is_told_once_over_gaps():
    found = diagnose(norms(1.0, None, float("nan"), 2.0))

    assert [(one.code, one.epoch) for one in found] == [("ok", 1)]


CASES = {
    "overconfident": (
        {"acc": 0.7, "confidence_wrong_mean": 0.9},
        {"acc": 0.7, "confidence_wrong_mean": 0.91},
    ),
    "underconfident": (
        {"class_0_acc": 0.5, "class_1_acc": 0.5, "confidence_mean": 0.55},
        {"class_0_acc": 0.5, "class_1_acc": 0.5, "confidence_mean": 0.54},
    ),
    "class_dominance": (
        {"class_0_recall": 1.0, "class_1_recall": 0.5},
        {"class_0_recall": 1.0, "class_1_recall": 0.49},
    ),
    "precision_recall_gap": (
        {"class_0_precision": 0.25, "class_0_recall": 0.65},
        {"class_0_precision": 0.25, "class_0_recall": 0.66},
    ),
}


@pytest.mark.parametrize(("code", "at_limit", "beyond"), [(k, *v) for k, v in CASES.items()])
def test_confidence_and_classes_of_the_validation(code, at_limit, beyond):
    assert troubles(diagnose(by_epoch("val", **at_limit))) == []
    (found,) = diagnose(by_epoch("val", **beyond))

    assert (found.code, found.severity, found.split) == (code, "warning", "val")


@pytest.mark.parametrize(
    ("code", "at_limit", "beyond"),
    [("weights_frozen", 1e-6, 9e-7), ("weights_erratic", 1.0, 1.01)],
)
def test_weights_that_do_not_move_or_are_thrown_about(code, at_limit, beyond):
    assert troubles(diagnose(by_epoch("train", 8, weight_change_l2=at_limit))) == []
    (found,) = diagnose(by_epoch("train", 8, weight_change_l2=beyond))

    assert (found.code, found.metric, found.value) == (code, "weight_change_l2", beyond)


def test_limits_are_arguments():
    history = norms(1.0, 50.0, 1.0)

    assert troubles(diagnose(history)) == []
    assert troubles(diagnose(history, exploding_gradients=49.0)) == [("exploding_gradients", 2)]
    assert [one.code for one in diagnose(history, stable_gradients_high=0.5)] == []
    assert thresholds()["exploding_gradients"] == 100.0


def test_a_limit_that_no_rule_has_is_refused_by_name():
    with pytest.raises(InvalidArgumentError, match="exploding_gradient") as refused:
        diagnose([], exploding_gradient=1.0)
    assert "vanishing_gradients" in str(refused.value)
    with pytest.raises(InvalidArgumentError):
        diagnose([], exploding_gradients=-1.0)
    with pytest.raises(ArgumentTypeError):
        diagnose([], exploding_gradients="much")
    with pytest.raises(InvalidArgumentError, match="stable_gradients_low"):
        diagnose([], stable_gradients_low=20.0)


def test_the_shapes_of_a_history_say_the_same(tmp_path):
    split = {
        "train": [{"epoch": 1, "loss": 0.5, "grad_norm_mean": 200.0}, {"epoch": 2, "loss": 0.4}],
        "val": [{"epoch": 1, "loss": 0.6}, {"epoch": 2, "loss": None}],
    }
    flat = [
        {"epoch": 1, "train_loss": 0.5, "grad_norm_mean": 200.0, "val_loss": 0.6},
        {"epoch": 2, "train_loss": 0.4, "val_loss": None},
    ]
    nested = [
        {"epoch": 1, "train_loss": 0.5, "train_metrics": {"grad_norm_mean": np.float32(200)}},
        {"epoch": 2, "train_loss": 0.4, "val_metrics": {}},
    ]
    path = tmp_path / "training_history.json"
    path.write_text(json.dumps(split), encoding="utf-8")

    found = [diagnose(each) for each in (split, flat, nested, path, str(path))]

    assert troubles(found[0]) == [("exploding_gradients", 1)]
    assert all(other == found[0] for other in found[1:])


def test_epochs_belong_together_by_label():
    history = {
        "train": [{"epoch": at, "loss": 1.0 / at} for at in range(1, 31)],
        # Validated from the fifth epoch on, and worse each time.
        "val": [{"epoch": at, "loss": 1.0 + max(0, at - 12) * 0.1} for at in range(5, 31)],
    }

    assert [one.code for one in diagnose(history)] == ["overfitting"]


def test_infinities_are_read_as_a_history_file_has_them():
    rows = [{"epoch": 1, "loss": 1.0}, {"epoch": 2, "loss": "Infinity"}, {"epoch": 3, "acc": "x"}]

    assert troubles(diagnose({"train": rows})) == [("not_finite", 2)]


def test_a_loss_that_is_nan_was_measured_and_other_nans_are_gaps():
    nan = float("nan")
    rows = [{"epoch": 1, "loss": 1.0}, {"epoch": 2, "loss": nan}, {"epoch": 3, "loss": None}]

    assert troubles(diagnose({"train": rows})) == [("not_finite", 2)]
    assert diagnose(norms(nan, None, nan)) == []


@pytest.mark.parametrize(
    "wrong", [3, None, b"[]", {"training": []}, {"train": 3}, {"train": [1]}, [None], {"val": "ab"}]
)
def test_what_is_no_history_is_refused(wrong):
    with pytest.raises(ArgumentTypeError, match="history"):
        diagnose(wrong)


@pytest.mark.parametrize("content", ["", "{", "3", '"runs"', '{"train": 1}', "[" * 100_000])
def test_a_file_that_holds_no_history_is_refused_with_its_path(tmp_path, content):
    path = tmp_path / "history.json"
    path.write_text(content, encoding="utf-8")

    with pytest.raises(RecordFormatError, match=r"history\.json"):
        diagnose(path)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(LogIOError, match="absent"):
        diagnose(tmp_path / "absent.json")


ANY = st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=3)
NAMES = st.sampled_from(
    [
        "loss",
        "val_loss",
        "epoch",
        "grad_norm_mean",
        "grad_norm_max",
        "weight_change_l2",
        "class_0_acc",
        "class_1_precision",
        "confidence_mean",
        "confidence_wrong_mean",
    ]
) | st.text(max_size=5)
ROWS = st.lists(st.dictionaries(NAMES, ANY, max_size=8), max_size=30)


@given(st.fixed_dictionaries({"train": ROWS, "val": ROWS}) | ROWS)
def test_whatever_a_history_holds_gives_findings_of_its_epochs(history):
    for one in diagnose(history):
        assert isinstance(one, Finding)
        assert one.step is None
        assert isinstance(one.epoch, int)
        assert not math.isnan(one.threshold)
