"""The y axis of a report's charts: a few values far from all others do not set it, and are told."""

import numpy as np
import pytest

N_STEPS = 600
SPIKE_AT = 250


@pytest.fixture
def spiky(make_recorder):
    """A loss around 5 with one value of 1000, beside a run whose loss is around 50."""

    def make(level, spike=None, below=None):
        values = np.random.default_rng(0).normal(level, 0.5, N_STEPS)
        values[10], values[20] = np.nan, np.inf
        if spike is not None:
            values[SPIKE_AT] = spike
        if below is not None:
            values[SPIKE_AT + 1] = below
        recorder = make_recorder(f"around {level}")
        recorder.log_steps(np.arange(N_STEPS), {"loss": values})
        return recorder

    return make


def heights(opened, figure):
    return opened.layout(figure, "yaxis")["range"]


def marks(opened, figure):
    """Places of the triangles: `{"triangle-up": [...], "triangle-down": [...]}`."""
    return figure.evaluate(
        "f => Object.fromEntries(f.querySelector('.plot').data.filter(t => t.kind === 'beyond')"
        ".map(t => [t.marker.symbol, [...t.x]]))"
    )


def test_one_spike_does_not_set_the_scale_and_is_marked(open_report, spiky):
    opened = open_report(spiky(5, 1000.0))
    figure = opened.chart("loss")

    low, high = heights(opened, figure)

    assert 2 < low < 4
    assert 6 < high < 9
    assert marks(opened, figure) == {"triangle-up": [SPIKE_AT]}
    assert figure.locator(".outliers").inner_text() == "▲ up to 1,000 show all values"
    assert opened.page.get_by_label("Leave out outliers").is_checked()


def test_values_far_below_are_told_as_well(open_report, spiky):
    opened = open_report(spiky(5, 1000.0, -2000.0))
    figure = opened.chart("loss")

    assert marks(opened, figure) == {
        "triangle-up": [SPIKE_AT],
        "triangle-down": [SPIKE_AT + 1],
    }
    told = figure.locator(".outliers").inner_text()
    assert told == "▲ up to 1,000, ▼ down to -2,000 show all values"


def test_the_line_under_a_chart_shows_all_of_it_and_only_of_it(open_report, spiky, make_recorder):
    recorder = spiky(5, 1000.0)
    recorder.log_steps(
        np.arange(N_STEPS, 2 * N_STEPS),
        {"other": np.where(np.arange(N_STEPS) == 7, 1e6, np.sin(np.arange(N_STEPS)))},
    )
    opened = open_report(recorder)
    figure, other = opened.chart("loss"), opened.chart("other")

    figure.locator(".outliers").focus()
    opened.page.keyboard.press("Enter")
    opened.settle(figure)

    assert heights(opened, figure)[1] > 1000
    assert marks(opened, figure) == {}
    assert figure.locator(".outliers").inner_text().strip() == "leave out outliers"
    assert heights(opened, other)[1] < 10
    figure.locator(".outliers").click()
    opened.settle(figure)
    assert heights(opened, figure)[1] < 9


def test_the_control_shows_all_values_of_all_charts(open_report, spiky):
    opened = open_report(spiky(5, 1000.0))
    figure = opened.chart("loss")

    opened.page.get_by_label("Leave out outliers").uncheck()
    opened.settle(figure)
    assert heights(opened, figure)[1] > 1000
    assert marks(opened, figure) == {}

    figure.locator(".outliers").click()
    opened.settle(figure)
    assert heights(opened, figure)[1] < 9
    assert opened.page.get_by_label("Leave out outliers").is_checked()


def test_a_double_click_shows_all_values(open_report, spiky):
    opened = open_report(spiky(5, 1000.0))
    figure = opened.chart("loss")

    opened.double_click(figure)

    assert heights(opened, figure)[1] > 1000


def test_what_is_zoomed_sets_the_scale(open_report, spiky):
    opened = open_report(spiky(5, 1000.0))
    figure = opened.chart("loss")
    figure.locator(".outliers").click()
    opened.settle(figure)

    opened.drag(figure, 0.6, 0.9)  # where the spike is not
    assert heights(opened, figure)[1] < 9
    assert not figure.locator(".outliers").is_visible()

    figure.locator(".modebar-btn[data-title='Reset axes']").click()
    opened.settle(figure)
    assert heights(opened, figure)[1] > 1000


def test_only_curves_that_are_shown_set_the_scale(open_report, spiky):
    opened = open_report(spiky(5), spiky(50, 9000.0))
    figure = opened.chart("loss")
    assert 51 < heights(opened, figure)[1] < 60  # no curve is left out as a whole
    assert list(marks(opened, figure)) == ["triangle-up"]

    figure.get_by_role("button", name="around 50").click()
    opened.settle(figure)
    assert 6 < heights(opened, figure)[1] < 9
    assert marks(opened, figure) == {}
    assert not figure.locator(".outliers").is_visible()


def test_a_log_scale_is_measured_in_decades(open_report, spiky):
    opened = open_report(spiky(5, 1e30, -1.0))
    figure = opened.chart("loss")

    opened.page.locator("#smoothing").fill("0")
    opened.page.get_by_label("Log scale").check()
    opened.settle(figure)

    low, high = heights(opened, figure)
    assert 0.3 < low < 0.6
    assert 0.7 < high < 1
    # What a log scale has no place for is not told as lying below it.
    assert figure.locator(".outliers").inner_text() == "▲ up to 1e+30 show all values"
    assert list(marks(opened, figure)) == ["triangle-up"]


@pytest.mark.parametrize(
    "values",
    [
        np.exp(-np.linspace(0, 5, 400)),
        np.random.default_rng(1).normal(0, 1, 400),
        np.random.default_rng(1).standard_exponential(400),
        np.where(np.arange(400) < 5, 900.0, 903.0),
        np.append(np.ones(18), 1e9),
        np.repeat([0.0, 1.0], 200),
    ],
    ids=["falling", "noise", "skewed", "two levels", "few values", "a step"],
)
def test_ordinary_curves_are_shown_whole(open_report, make_recorder, values):
    recorder = make_recorder()
    recorder.log_steps(np.arange(len(values)), {"loss": values})
    opened = open_report(recorder)
    figure = opened.chart("loss")

    low, high = heights(opened, figure)

    assert low <= values.min() < values.max() <= high
    assert not figure.locator(".outliers").is_visible()


def test_the_best_epoch_is_always_in_view(open_report, make_recorder):
    recorder = make_recorder()
    losses = np.random.default_rng(0).normal(5, 0.1, 60)
    losses[30] = -500.0
    for epoch, loss in enumerate(losses):
        recorder.log_epoch(epoch, float(loss), None)
    opened = open_report(recorder)

    assert heights(opened, opened.chart("loss", "epochs"))[0] < -500
