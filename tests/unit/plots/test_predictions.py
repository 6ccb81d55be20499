"""Predictions are drawn beside the truth, dot by dot, and error by feature."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from reading_figures import line, panel, points, titles

from tachograph.exceptions import ArgumentTypeError, InvalidArgumentError
from tachograph.plots import TrainingVisualizer
from tachograph.plots.figures.predictions import feature_errors

TRUE = np.array([[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]])


def test_series_dots_and_errors(visualizer, draw):
    figure = draw(
        visualizer.plot_predictions(TRUE + np.array([0.5, -2.0]), TRUE, feature_names=["a", "b"])
    )

    assert titles(figure)[:2] == ["a", "b"]
    first = panel(figure, "a")
    assert points(line(first, "True")) == ([0, 1, 2], [1, 2, 3])
    assert points(line(first, "Predicted")) == ([0, 1, 2], [1.5, 2.5, 3.5])
    scatter = figure.axes[2]
    assert points(line(scatter, "_dots")) == (
        [1, 10, 2, 20, 3, 30],
        [1.5, 8, 2.5, 18, 3.5, 28],
    )
    assert points(line(scatter, "equal")) == ([1, 30], [1, 30])
    errors = panel(figure, "Error by feature")
    assert [bar.get_width() for bar in errors.patches] == [2.0, 0.5]
    assert [tick.get_text() for tick in errors.get_yticklabels()] == ["b", "a"]


def test_one_dimension_is_one_feature(visualizer):
    figure = visualizer.plot_predictions([1, 2, 3], [1, 2, 4])

    assert "Series" in titles(figure)
    assert [bar.get_width() for bar in panel(figure, "Error by feature").patches] == [
        pytest.approx(1 / 3)
    ]


def test_lost_values_are_gaps_and_take_no_part(visualizer, draw):
    figure = draw(visualizer.plot_predictions([1, np.nan, 3, np.inf], [1.0, 2.0, np.nan, 4.0]))

    assert np.isnan(line(panel(figure, "Series"), "Predicted").get_ydata()).tolist() == [
        False,
        True,
        False,
        True,
    ]
    assert feature_errors(np.array([[np.nan], [2.0]]), np.array([[1.0], [5.0]])).tolist() == [3.0]


def test_rows_without_features_say_so(visualizer):
    figure = visualizer.plot_predictions(np.zeros((3, 0)), np.zeros((3, 0)))

    assert panel(figure, "Error by feature").texts[0].get_text() == "no features"


def test_nothing_is_drawn_too(visualizer, draw, tmp_path):
    draw(visualizer.plot_predictions([], [], tmp_path / "none.png"))
    draw(visualizer.plot_predictions(np.zeros((0, 3)), np.zeros((0, 3))))
    draw(visualizer.plot_predictions(np.zeros((3, 0)), np.zeros((3, 0))))

    assert (tmp_path / "none.png").exists()


def test_a_large_cloud_keeps_its_outliers(visualizer):
    rng = np.random.default_rng(0)
    true = rng.standard_normal(300_000)
    predicted = true.copy()
    predicted[123_456] = 99.0

    scatter = visualizer.plot_predictions(predicted, true).axes[1]

    x, y = points(line(scatter, "_dots"))
    assert len(x) <= 3010
    assert max(y) == 99.0


@settings(max_examples=6)
@given(
    both=arrays.arrays(
        st.sampled_from([np.float64, np.float32, np.int64, np.bool_]),
        st.tuples(st.just(2), st.integers(1, 6), st.integers(1, 3)),
    )
)
def test_any_numbers_are_drawn(both):
    figure = TrainingVisualizer().plot_predictions(both[0], both[1], figsize=(6, 5))
    figure.set_layout_engine("none")
    figure.canvas.draw()


@pytest.mark.parametrize(
    ("predictions", "targets", "options", "error", "words"),
    [
        ([1, 2], [1, 2, 3], {}, InvalidArgumentError, r"one shape, not \(2, 1\) and \(3, 1\)"),
        (["a"], [1], {}, ArgumentTypeError, "predictions must be an array of real numbers"),
        ([1], [1j], {}, ArgumentTypeError, "targets must be an array of real numbers"),
        ([[1], [1, 2]], [1], {}, ArgumentTypeError, "predictions"),
        (np.zeros((2, 2, 2)), np.zeros((2, 2, 2)), {}, InvalidArgumentError, "one or two"),
        (3.0, 3.0, {}, InvalidArgumentError, "one or two dimensions"),
        ([1], [1], {"feature_names": ["a", "b"]}, InvalidArgumentError, "feature_names"),
        ([1], [1], {"feature_names": "a"}, ArgumentTypeError, "feature_names must be a list"),
        ([1], [1], {"feature_names": 5}, ArgumentTypeError, "feature_names must be a list"),
    ],
)
def test_bad_arguments_are_named(visualizer, predictions, targets, options, error, words):
    with pytest.raises(error, match=words):
        visualizer.plot_predictions(predictions, targets, **options)
