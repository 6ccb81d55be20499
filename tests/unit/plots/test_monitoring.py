"""The dashboard of a watched training: its nine panels, and what is drawn in them."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_hex
from reading_figures import line, panel, points, titles

import tachograph
from tachograph.exceptions import (
    ArgumentTypeError,
    InvalidArgumentError,
    RecordFormatError,
    RunNotFoundError,
)
from tachograph.plots import TrainingVisualizer

NAN = float("nan")
PANELS = [
    "Loss",
    "Accuracy",
    "Gradient norms",
    "Class accuracy (training)",
    "Confidence (validation)",
    "Precision, recall (validation)",
    "Confusion (validation)",
    "Weights",
    "Learning rate, weight change",
]


def train_epoch(epoch, *, classes=2, **others):
    return {
        "epoch": epoch,
        "loss": 1 / epoch,
        "acc": 1 - 1 / 2**epoch,
        "grad_norm_mean": 2.0 / epoch,
        "grad_norm_max": 20.0 / epoch,
        **{f"class_{at}_acc": 0.5 + 0.01 * at for at in range(classes)},
        "weight_mean_after": 0.001,
        "weight_std_after": 0.05,
        "weight_max_after": 1.5,
        "weight_change": 1e-4 / epoch,
        "lr": 0.1 / epoch,
        **others,
    }


def val_epoch(epoch, *, classes=2, **others):
    return {
        "epoch": epoch,
        "loss": 2 / epoch,
        "acc": 1 - 2 / (epoch + 2),
        "confidence_mean": 0.5 + 0.1 * epoch,
        "confidence_std": 0.1,
        **{f"class_{at}_precision": 0.6 + 0.01 * at for at in range(classes)},
        **{f"class_{at}_recall": 0.7 + 0.01 * at for at in range(classes)},
        "true_neg": 40 + epoch,
        "false_pos": 10 - epoch,
        "false_neg": 8 - epoch,
        "true_pos": 42 + epoch,
        **others,
    }


def history(n=4, **options):
    return {
        "train": [train_epoch(epoch, **options) for epoch in range(1, n + 1)],
        "val": [val_epoch(epoch, **options) for epoch in range(1, n + 1)],
    }


def with_values(epochs, name, values):
    """The epochs with other values of a metric; None leaves it out."""
    changed = [{key: value for key, value in one.items() if key != name} for one in epochs]
    for one, value in zip(changed, values, strict=True):
        if value is not None:
            one[name] = value
    return changed


def bars(axes):
    """Of each part of the bars, by its label, where it stands and how high it is."""
    return {
        part.get_label(): (
            [bar.get_x() + bar.get_width() / 2 for bar in part],
            [bar.get_height() for bar in part],
        )
        for part in axes.containers
    }


def said(axes):
    return [text.get_text() for text in axes.texts]


class TestPanels:
    def test_nine_stand_in_the_order_of_the_guide(self, visualizer, draw):
        figure = draw(visualizer.plot_monitoring(history()))

        assert titles(figure)[:9] == PANELS
        places = [axes.get_subplotspec().num1 for axes in figure.axes[:9]]
        assert places == list(range(9))
        assert figure.axes[0].get_subplotspec().get_gridspec().get_geometry() == (3, 3)
        assert {axes.get_xlabel() for axes in figure.axes[:9]} == {"Epoch"}

    def test_loss_and_accuracy_have_both_splits_and_the_best_validation_epoch(self, visualizer):
        given = history(3)
        given["val"] = with_values(given["val"], "acc", [0.5, 0.9, 0.9])
        given["val"] = with_values(given["val"], "loss", [0.1, 0.5, 0.4])
        figure = visualizer.plot_monitoring(given)

        loss, accuracy = figure.axes[:2]
        assert points(line(loss, "Training")) == ([1, 2, 3], [1, 1 / 2, 1 / 3])
        assert points(line(loss, "Validation")) == ([1, 2, 3], [0.1, 0.5, 0.4])
        assert points(line(loss, "Best (epoch 3)")) == ([3], [0.4])
        assert points(line(accuracy, "Training")) == ([1, 2, 3], [0.5, 0.75, 0.875])
        assert points(line(accuracy, "Best (epoch 3)")) == ([3], [0.9])

    def test_gradient_norms_are_logarithmic(self, visualizer):
        axes = panel(visualizer.plot_monitoring(history(2)), "Gradient norms")

        assert points(line(axes, "Mean")) == ([1, 2], [2.0, 1.0])
        assert points(line(axes, "Max")) == ([1, 2], [20.0, 10.0])
        assert axes.get_yscale() == "log"

    def test_within_a_decade_the_ticks_show_that_the_axis_is_logarithmic(self, visualizer):
        norms = {"grad_norm_mean": 2.7, "grad_norm_max": 11.0}
        axes = panel(visualizer.plot_monitoring(history(2, **norms)), "Gradient norms")

        low, high = axes.get_ylim()
        shown = [round(tick, 9) for tick in axes.get_yticks() if low <= tick <= high]
        assert shown == [3, 4, 6, 8, 10]

    def test_confidence_has_a_band_of_one_standard_deviation(self, visualizer):
        axes = panel(visualizer.plot_monitoring(history(3)), "Confidence (validation)")

        x, means = points(line(axes, "Mean"))
        assert (x, means) == ([1, 2, 3], [0.6, 0.7, 0.8])
        (band,) = [one for one in axes.collections if one.get_label() == "± 1 std"]
        corners = {(x, round(y, 9)) for x, y in band.get_paths()[0].vertices.tolist()}
        assert corners == {(1, 0.5), (1, 0.7), (2, 0.6), (2, 0.8), (3, 0.7), (3, 0.9)}

    def test_precision_and_recall_of_every_class_are_told_apart(self, visualizer):
        given = history(2, classes=3)
        axes = panel(visualizer.plot_monitoring(given), "Precision, recall (validation)")

        for at in range(3):
            precision, recall = line(axes, f"class {at}"), line(axes, f"_class {at} recall")
            assert points(precision) == ([1, 2], [0.6 + 0.01 * at] * 2)
            assert points(recall) == ([1, 2], [0.7 + 0.01 * at] * 2)
            assert precision.get_linestyle() != recall.get_linestyle()
            assert to_hex(precision.get_color()) == to_hex(recall.get_color())
        texts = [text.get_text() for text in axes.get_legend().get_texts()]
        assert texts == ["class 0", "class 1", "class 2", "recall"]

    def test_two_classes_are_counted_in_four_bars(self, visualizer):
        axes = panel(visualizer.plot_monitoring(history(2)), "Confusion (validation)")

        assert bars(axes) == {
            "TN": ([1, 2], [41, 42]),
            "TP": ([1, 2], [43, 44]),
            "FN": ([1, 2], [7, 6]),
            "FP": ([1, 2], [9, 8]),
        }
        assert axes.get_ylabel() == "Samples"
        tops = [bar.get_y() + bar.get_height() for bar in axes.containers[-1]]
        assert tops == [100, 100]

    def test_more_classes_show_what_is_taken_for_what(self, visualizer):
        given = history(2)
        matrices = [[[9, 1, 0], [0, 5, 5], [2, 0, 8]], [[10, 0, 0], [0, 6, 4], [1, 0, 9]]]
        given["val"] = with_values(given["val"], "confusion_matrix", matrices)
        axes = panel(visualizer.plot_monitoring(given), "Confusion (validation)")

        assert bars(axes) == {
            "1 as 2": ([1, 2], [5, 4]),
            "2 as 0": ([1, 2], [2, 1]),
            "0 as 1": ([1, 2], [1, 0]),
            "others": ([1, 2], [0, 0]),
        }
        assert axes.get_ylabel() == "Wrong predictions"

    def test_weights_share_a_logarithmic_axis(self, visualizer):
        axes = panel(visualizer.plot_monitoring(history(2)), "Weights")

        assert points(line(axes, "Mean")) == ([1, 2], [0.001, 0.001])
        assert points(line(axes, "Std")) == ([1, 2], [0.05, 0.05])
        assert points(line(axes, "Max (absolute)")) == ([1, 2], [1.5, 1.5])
        assert axes.get_yscale() == "log"

    def test_the_weight_change_has_an_axis_of_its_own(self, visualizer):
        figure = visualizer.plot_monitoring(history(2, weight_change_l2=0.02))
        rate, twin = panel(figure, PANELS[-1]), figure.axes[9]

        assert len(figure.axes) == 10
        assert rate.get_shared_x_axes().joined(rate, twin)
        assert points(line(rate, "Learning rate")) == ([1, 2], [0.1, 0.05])
        assert points(line(twin, "Mean weight change")) == ([1, 2], [1e-4, 5e-5])
        assert points(line(twin, "L2 change, relative")) == ([1, 2], [0.02, 0.02])
        assert (rate.get_ylabel(), twin.get_ylabel()) == ("Learning rate", "Weight change")
        assert twin.yaxis.get_label_position() == "right"
        texts = [text.get_text() for text in rate.get_legend().get_texts()]
        assert texts == [
            "Learning rate",
            "Mean weight change (right)",
            "L2 change, relative (right)",
        ]

    def test_without_a_rate_the_change_stands_alone(self, visualizer, draw):
        given = history(3)
        given["train"] = with_values(given["train"], "lr", [None] * 3)
        figure = draw(visualizer.plot_monitoring(given))

        assert len(figure.axes) == 9
        assert points(line(figure.axes[8], "Mean weight change"))[0] == [1, 2, 3]

    def test_what_was_not_recorded_says_so(self, visualizer, draw):
        figure = draw(visualizer.plot_monitoring({"train": [{"loss": 1.0}], "val": []}))

        assert titles(figure) == PANELS
        assert points(line(figure.axes[0], "Training")) == ([1], [1.0])
        assert [bool(said(axes)) for axes in figure.axes] == [False] + [True] * 8

    def test_no_epoch_at_all(self, visualizer, draw):
        figure = draw(visualizer.plot_monitoring({"train": [], "val": []}))

        assert all(said(axes) for axes in figure.axes)


class TestGaps:
    @pytest.mark.parametrize("missing", [None, NAN, math.inf, "words"])
    @pytest.mark.parametrize(
        ("split", "name", "title", "label"),
        [
            ("train", "loss", "Loss", "Training"),
            ("val", "acc", "Accuracy", "Validation"),
            ("train", "grad_norm_max", "Gradient norms", "Max"),
            ("train", "class_1_acc", "Class accuracy (training)", "class 1"),
            ("val", "confidence_mean", "Confidence (validation)", "Mean"),
            ("val", "class_0_recall", "Precision, recall (validation)", "_class 0 recall"),
            ("train", "weight_std_after", "Weights", "Std"),
            ("train", "lr", PANELS[-1], "Learning rate"),
        ],
    )
    def test_a_missing_value_is_a_gap(self, visualizer, split, name, title, label, missing):
        given = history(5)
        given[split] = with_values(given[split], name, [0.1, 0.2, missing, 0.3, 0.4])

        x, y = points(line(panel(visualizer.plot_monitoring(given), title), label))

        assert x == [1, 2, 3, 4, 5]
        assert np.isnan(y).tolist() == [False, False, True, False, False]

    def test_a_missing_spread_is_a_gap_of_the_band_alone(self, visualizer):
        given = history(5)
        given["val"] = with_values(given["val"], "confidence_std", [0.1, 0.1, None, 0.1, 0.1])
        axes = panel(visualizer.plot_monitoring(given), "Confidence (validation)")

        (band,) = [one for one in axes.collections if one.get_label() == "± 1 std"]
        assert [path.vertices[:, 0].max() for path in band.get_paths()] == [2, 5]
        assert not np.isnan(points(line(axes, "Mean"))[1]).any()

    def test_an_epoch_without_counts_has_no_bar(self, visualizer):
        given = history(3)
        given["val"] = with_values(given["val"], "true_pos", [50, None, 52])
        axes = panel(visualizer.plot_monitoring(given), "Confusion (validation)")

        assert bars(axes)["TP"] == ([1, 3], [50, 52])

    def test_validation_every_second_epoch_is_joined(self, visualizer):
        given = history(6)
        given["val"] = given["val"][1::2]
        loss = visualizer.plot_monitoring(given).axes[0]

        assert points(line(loss, "Validation")) == ([2, 4, 6], [1, 1 / 2, 1 / 3])


class TestClasses:
    def test_one_first_seen_in_the_third_epoch_is_drawn_from_there(self, visualizer):
        given = history(5)
        for split, names in (("train", ["acc"]), ("val", ["precision", "recall"])):
            for epoch in given[split][2:]:
                epoch.update({f"class_7_{name}": 0.25 for name in names})
        figure = visualizer.plot_monitoring(given)

        for title, label in ((PANELS[3], "class 7"), (PANELS[5], "_class 7 recall")):
            x, y = points(line(panel(figure, title), label))
            assert x == [1, 2, 3, 4, 5]
            assert np.isnan(y[:2]).all()
            assert y[2:] == [0.25] * 3
        assert points(line(panel(figure, PANELS[3]), "class 0"))[1] == [0.5] * 5

    def test_a_hundred_are_all_drawn_and_the_lowest_named(self, visualizer, draw):
        figure = draw(visualizer.plot_monitoring(history(3, classes=100)))

        named = {f"class {at}" for at in range(4)}
        for title in (PANELS[3], PANELS[5]):
            axes = panel(figure, title)
            drawn = {one.get_label() for one in axes.get_lines()}
            assert named | {f"_class {at}" for at in range(4, 100)} <= drawn
            texts = [text.get_text() for text in axes.get_legend().get_texts()]
            assert texts[:5] == ["class 0", "class 1", "class 2", "class 3", "96 higher"]

    def test_ten_are_all_named(self, visualizer):
        axes = panel(visualizer.plot_monitoring(history(3, classes=10)), PANELS[3])

        looks = {(one.get_color(), one.get_linestyle()) for one in axes.get_lines()}
        assert len(looks) == 10
        texts = [text.get_text() for text in axes.get_legend().get_texts()]
        assert texts == [f"class {at}" for at in range(10)]


class TestLengths:
    def test_a_single_epoch_is_seen(self, visualizer, draw):
        figure = draw(visualizer.plot_monitoring(history(1)))

        for axes in figure.axes:
            low, high = axes.get_xlim()
            assert low < 1 < high
            drawn = [one for one in axes.get_lines() if len(one.get_xdata())]
            assert all(one.get_marker() == "*" or one.get_marker() == "o" for one in drawn)
        confidence = panel(figure, "Confidence (validation)")
        bar = confidence.collections[-1].get_segments()
        assert np.round(bar, 9).tolist() == [[[1.0, 0.5], [1.0, 0.7]]]
        assert panel(figure, "Confusion (validation)").get_xticks().tolist() == [1]

    def test_a_long_history_keeps_its_ends_and_extremes(self, visualizer, draw):
        n = 5000
        given = history(n, false_pos=1, false_neg=2)
        given["train"][1234]["loss"] = 99.0
        figure = draw(visualizer.plot_monitoring(given), lay_out=False)

        x, y = points(line(figure.axes[0], "Training"))
        assert len(x) <= 2100
        assert (x[0], x[-1], max(y)) == (1, n, 99.0)
        ((places, _), *_) = bars(panel(figure, "Confusion (validation)")).values()
        assert len(places) <= 120
        assert round(places[-1]) == n
        assert len(set(np.diff(np.round(places)))) == 1


class TestSources:
    def test_a_file_and_its_directory(self, visualizer, tmp_path):
        path = tmp_path / "training_history.json"
        path.write_text(json.dumps(history(2)))

        for source in (path, str(path), tmp_path):
            figure = visualizer.plot_monitoring(source)
            assert points(line(figure.axes[0], "Training")) == ([1, 2], [1.0, 0.5])
            assert figure.get_suptitle() == "training_history.json  ·  Monitoring"
            assert figure.get_supxlabel() == "2 epochs"

    def test_a_run_has_the_names_of_a_history(self, visualizer, recorder, tmp_path):
        for epoch in (1, 2, 3):
            train, val = train_epoch(epoch), val_epoch(epoch)
            losses, rate = (train.pop("loss"), val.pop("loss")), train.pop("lr")
            recorder.log_epoch(epoch, *losses, train, val, learning_rate=rate)
        recorder.save(tmp_path / "record.json")
        recorder.close()
        expected = visualizer.plot_monitoring(history(3))

        with tachograph.open(recorder.path) as run:
            for source in (recorder, run, recorder.path, tmp_path / "record.json"):
                figure = visualizer.plot_monitoring(source)
                for one, other in zip(figure.axes, expected.axes, strict=True):
                    assert one.get_title(loc="left") == other.get_title(loc="left")
                    assert _drawn(one) == _drawn(other)
                assert figure.get_suptitle() == "experiment  ·  Monitoring"
                assert recorder.run_id in figure.get_supxlabel()

    def test_it_is_saved(self, visualizer, tmp_path):
        target = tmp_path / "new" / "dashboard.svg"
        visualizer.plot_monitoring(history(2), target)

        assert target.read_text().startswith("<?xml")

    @pytest.mark.parametrize(
        ("source", "error", "words"),
        [
            (3, ArgumentTypeError, "not int"),
            ([], ArgumentTypeError, "not list"),
            ({}, InvalidArgumentError, "neither"),
            ({"train": 3}, ArgumentTypeError, r"history\['train'\]"),
            ({"train": [3]}, ArgumentTypeError, r"history\['train'\]"),
            ({"train": [], "val": "abc"}, ArgumentTypeError, r"history\['val'\]"),
            ({"train": [{"epoch": 1.5}]}, InvalidArgumentError, "1.5"),
            ({"train": [{"epoch": "one"}]}, InvalidArgumentError, "'one'"),
            ({"train": [{"epoch": 2**60}]}, InvalidArgumentError, "2\\*\\*53"),
            ("nothing.json", RunNotFoundError, "nothing.json"),
        ],
    )
    def test_what_is_no_history_says_so(self, visualizer, source, error, words):
        with pytest.raises(error, match=words):
            visualizer.plot_monitoring(source)

    def test_a_file_that_is_no_history_says_so(self, visualizer, tmp_path):
        path = tmp_path / "other.json"
        path.write_text('{"epochs": 3}')

        with pytest.raises(RecordFormatError, match="not a training history"):
            visualizer.plot_monitoring(path)


def _drawn(axes):
    lines = [(one.get_label(), points(one)) for one in axes.get_lines()]
    return lines, bars(axes)


NAMES = ["loss", "acc", "lr", "class_0_acc", "class_0_recall", "confidence_mean", "true_pos"]
NAMES += ["confidence_std", "grad_norm_max", "weight_change", "weight_mean_after", "true_neg"]
NAMES += ["false_pos", "false_neg", "confusion_matrix", "class_12_precision", "epoch_time"]
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.just(10**400),
    st.floats(),
    st.text(max_size=3),
    st.lists(st.lists(st.floats(0, 100), min_size=2, max_size=2), min_size=2, max_size=2),
)
EPOCHS = st.lists(st.dictionaries(st.sampled_from(NAMES), VALUES), max_size=4)


@given(train=EPOCHS, val=EPOCHS)
@settings(max_examples=8)
def test_whatever_stands_in_a_history_is_drawn_without_a_complaint(train, val):
    figure = TrainingVisualizer().plot_monitoring({"train": train, "val": val})
    figure.set_layout_engine("none")
    figure.set_dpi(40)
    figure.canvas.draw()

    for axes in figure.axes:
        assert all(math.isfinite(bound) for bound in (*axes.get_xlim(), *axes.get_ylim()))
