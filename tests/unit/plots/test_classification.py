"""Confusion matrices among the epochs' metrics become pictures, and lines for each class."""

import numpy as np
import pytest
from reading_figures import line, panel, points, titles

from tachograph.exceptions import ArgumentTypeError, InvalidArgumentError


def record(recorder, matrices, first=10):
    for label, matrix in enumerate(matrices, first):
        recorder.log_epoch(label, 1.0, 1.0, val_metrics={"confusion_matrix": matrix})


def test_first_last_and_some_between_are_shown(visualizer, recorder, draw):
    record(recorder, [np.eye(3) * 5] * 9)

    figure = draw(visualizer.plot_classification(recorder))

    assert titles(figure)[:4] == [f"Epoch {label} (% of true class)" for label in (10, 13, 15, 18)]


def test_cells_are_shares_of_the_true_class(visualizer, recorder):
    record(recorder, [np.array([[3, 1], [0, 8]])])

    axes = visualizer.plot_classification(recorder).axes[0]

    assert axes.get_images()[0].get_array().tolist() == [[0.75, 0.25], [0.0, 1.0]]
    assert sorted(text.get_text() for text in axes.texts) == ["100", "25", "75"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("Predicted", "True")


def test_precision_and_recall_of_each_class_stand_at_the_labels(visualizer, recorder):
    record(recorder, [[[3, 1], [0, 8]], [[4, 0], [4, 4]]])

    figure = visualizer.plot_classification(recorder, class_names=["cat", "_dog"])

    precision, recall = panel(figure, "Precision"), panel(figure, "Recall")
    assert points(line(precision, "cat")) == ([10, 11], [1.0, 0.5])
    assert points(line(precision, " _dog")) == ([10, 11], [pytest.approx(8 / 9), 1.0])
    assert points(line(recall, "cat")) == ([10, 11], [0.75, 1.0])
    assert points(line(recall, " _dog")) == ([10, 11], [1.0, 0.5])


def test_a_class_that_was_never_there_is_a_gap(visualizer, recorder, draw):
    record(recorder, [np.array([[2, 0], [0, 0]]), np.array([[1, 1], [1, 1]])])

    recall = panel(draw(visualizer.plot_classification(recorder)), "Recall")

    assert np.isnan(line(recall, "1").get_ydata()).tolist() == [True, False]


def test_of_many_classes_the_worst_are_drawn(visualizer, recorder, draw):
    counts = np.eye(40) * np.arange(1, 41)[:, None] + 1
    record(recorder, [counts, counts])

    figure = draw(visualizer.plot_classification(recorder))

    recall = panel(figure, "Recall (lowest 12 of 40)")
    assert line(recall, "0").get_ydata()[0] == pytest.approx(2 / 41)
    assert not figure.axes[0].texts


@pytest.mark.parametrize(
    "matrix",
    [
        np.zeros((2, 2)),
        np.full((2, 2), np.nan),
        np.array([[np.inf, 1], [-1, 0]]),
        np.ones((1, 1)),
        np.ones((2, 3)),
        np.ones(4),
        np.zeros((0, 0)),
        "words",
        [[1, 2], [3]],
        [["a", "b"], ["c", "d"]],
        0.5,
    ],
    ids=str,
)
def test_whatever_the_metric_holds_something_is_drawn(visualizer, recorder, draw, matrix):
    record(recorder, [matrix, np.ones((5, 5)), matrix])

    assert draw(visualizer.plot_classification(recorder), lay_out=False).axes


def test_without_matrices_it_is_said_how_to_log_one(visualizer, recorder, draw):
    figure = draw(visualizer.plot_classification(recorder, split="train"))

    assert "train_metrics={'confusion_matrix': counts}" in figure.axes[0].texts[0].get_text()


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"class_names": ["a"]}, InvalidArgumentError, "2 names, one a class, not 1"),
        ({"class_names": "ab"}, ArgumentTypeError, "class_names"),
        ({"class_names": 5}, ArgumentTypeError, "class_names"),
        ({"class_names": [1, 2]}, ArgumentTypeError, "class_names"),
        ({"split": "test"}, InvalidArgumentError, "split must be 'train' or 'val'"),
    ],
)
def test_bad_arguments_are_named(visualizer, recorder, options, error, words):
    record(recorder, [np.eye(2)])

    with pytest.raises(error, match=words):
        visualizer.plot_classification(recorder, **options)
