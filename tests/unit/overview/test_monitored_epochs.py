"""The epochs of a watched training, from a history and from a run."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tachograph.exceptions import InvalidArgumentError
from tachograph.overview.monitored_epochs import epochs_of_history, epochs_of_run


def drawn(curve):
    """x and y of a curve, NaN as None."""
    y = [None if math.isnan(value) else value for value in curve.y.tolist()]
    return curve.x.tolist(), y


class TestLabels:
    def test_are_those_of_the_epochs(self):
        epochs = epochs_of_history({"train": [{"epoch": 5}, {"epoch": 9.0}], "val": []})

        assert epochs.labels("train") == [5, 9]

    def test_are_places_where_there_are_none(self):
        epochs = epochs_of_history({"train": [{}, {}], "val": [{}, {}, {}]})

        assert (epochs.labels("train"), epochs.labels("val")) == ([1, 2], [1, 2, 3])

    def test_of_validation_are_those_of_the_training_in_its_place(self):
        epochs = epochs_of_history({"train": [{"epoch": 4}, {"epoch": 5}], "val": [{}]})

        assert epochs.labels("val") == [4]
        assert epochs.labels() == [4, 5]

    def test_of_two_epochs_with_one_the_last_counts(self):
        epochs = epochs_of_history(
            {"train": [{"epoch": 2, "loss": 1.0}, {"epoch": 1, "loss": 3.0}, {"epoch": 2}]}
        )

        assert drawn(epochs.curve("train", "loss")) == ([1, 2], [3.0, None])

    @pytest.mark.parametrize("label", ["1", None, True, 0.5, math.nan, math.inf, 2**53 + 2, [1]])
    def test_must_be_integers(self, label):
        with pytest.raises(InvalidArgumentError, match=r"history\['val'\]") as caught:
            epochs_of_history({"train": [], "val": [{"epoch": label}]})

        assert caught.value.argument == "history"


class TestValues:
    @pytest.mark.parametrize(
        ("value", "number"),
        [
            (3, 3.0),
            (np.float32(0.5), 0.5),
            (np.int64(7), 7.0),
            (Fraction(1, 4), 0.25),
            (10**400, math.inf),
            (-(10**400), -math.inf),
            (None, None),
            (True, None),
            (np.True_, None),
            ("1.5", None),
            ([1.0], None),
        ],
    )
    def test_only_numbers_are(self, value, number):
        epochs = epochs_of_history({"train": [{"loss": value}], "val": []})

        assert epochs.value("train", 1, "loss") == number
        curve = epochs.curve("train", "loss")
        assert (None if curve is None else curve.y.tolist()) == (
            None if number is None else [number]
        )

    def test_a_metric_that_comes_late_begins_with_gaps(self):
        epochs = epochs_of_history({"train": [{}, {"f1": None}, {"f1": 0.5}]})

        assert drawn(epochs.curve("train", "f1")) == ([1, 2, 3], [None, None, 0.5])
        assert epochs.curve("val", "f1") is None

    def test_classes_are_those_of_all_epochs_in_order(self):
        epochs = epochs_of_history(
            {
                "train": [{"class_0_acc": 1}, {"class_10_acc": 1, "class_x_acc": 1}],
                "val": [{"class_2_acc": 1, "class_1_recall": 1, "class_1_f1": 1, 7: 1}],
            }
        )

        assert epochs.classes("train", "acc") == [0, 10]
        assert epochs.classes("val", "acc") == [2]
        assert epochs.classes("val", "recall") == [1]
        assert epochs.classes("val", "precision") == []


class TestMatrices:
    def test_four_counts_are_one(self):
        counts = {"true_neg": 1, "false_pos": 2, "false_neg": 3, "true_pos": 4}
        found = epochs_of_history({"val": [{}, counts]}).matrices("val")

        assert found.labels.tolist() == [2]
        assert found.counts.tolist() == [[[1, 2], [3, 4]]]

    @pytest.mark.parametrize(
        "matrix",
        [[[1, 2]], [[1, -2], [3, 4]], [[1, None], [3, 4]], [[1, 10**400], [3, 4]], "words", [], 3],
    )
    def test_what_holds_no_counts_is_none(self, matrix):
        assert epochs_of_history({"val": [{"confusion_matrix": matrix}]}).matrices("val") is None


class TestRuns:
    def test_fields_have_the_names_of_a_history(self, recorder):
        recorder.log_epoch(3, 0.5, None, {"f1": 0.1}, learning_rate=0.01, gradient_norm=2.0)
        recorder.log_epoch(4, 0.4, 0.6, {"accuracy": 0.7}, {"accuracy": 0.8})

        epochs = epochs_of_run(recorder)

        assert epochs.run is recorder
        assert (epochs.labels("train"), epochs.labels("val")) == ([3, 4], [4])
        assert drawn(epochs.curve("train", "loss")) == ([3, 4], [0.5, 0.4])
        assert drawn(epochs.curve("train", "lr")) == ([3, 4], [0.01, None])
        assert drawn(epochs.curve("train", "grad_norm_mean")) == ([3, 4], [2.0, None])
        assert drawn(epochs.curve("train", "acc")) == ([3, 4], [None, 0.7])
        assert drawn(epochs.curve("val", "acc")) == ([4], [0.8])
        assert drawn(epochs.curve("val", "loss")) == ([4], [0.6])

    def test_metrics_come_before_fields(self, recorder):
        recorder.log_epoch(
            1, 0.5, 0.6, {"lr": 0.3, "acc": 0.9, "accuracy": 0.1}, learning_rate=0.01
        )

        epochs = epochs_of_run(recorder)

        assert epochs.value("train", 1, "lr") == 0.3
        assert epochs.value("train", 1, "acc") == 0.9

    def test_an_array_of_counts_is_a_matrix(self, recorder):
        recorder.log_epoch(
            1, 0.5, 0.6, val_metrics={"confusion_matrix": np.arange(9).reshape(3, 3)}
        )

        assert epochs_of_run(recorder).matrices("val").counts.shape == (1, 3, 3)


NAMES = st.sampled_from(["loss", "acc", "class_3_acc", "epoch", "confusion_matrix"])
VALUES = st.one_of(st.none(), st.integers(-5, 5), st.floats(), st.text(max_size=2))
EPOCHS = st.lists(st.dictionaries(NAMES, VALUES), max_size=5)


@given(train=EPOCHS, val=EPOCHS)
def test_a_curve_has_a_point_for_each_epoch_or_there_is_none(train, val):
    try:
        epochs = epochs_of_history({"train": train, "val": val})
    except InvalidArgumentError:
        given = [one["epoch"] for one in (*train, *val) if "epoch" in one]
        assert any(not isinstance(one, int | float) or one % 1 != 0 for one in given) or any(
            abs(one) > 2**53 for one in given
        )
        return
    for split in ("train", "val"):
        assert epochs.labels(split) == sorted(set(epochs.labels(split)))
        for name in ("loss", "acc", "class_3_acc"):
            curve = epochs.curve(split, name)
            values = [epochs.value(split, label, name) for label in epochs.labels(split)]
            assert (curve is None) == all(value is None for value in values)
            if curve is not None:
                assert curve.x.tolist() == epochs.labels(split)
                expected = [math.nan if value is None else value for value in values]
                assert np.array_equal(curve.y, expected, equal_nan=True)
