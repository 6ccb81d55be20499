"""The HTML report in Chromium: it draws what was recorded and does what its controls say."""

import json

import numpy as np
import pytest

from tachograph import TrainingRecorder
from tachograph.analysis import smooth

N_STEPS = 600
LOSSES = [2.0, 1.5, float("nan"), 1.0, 0.75, 0.8]
EVIL = (
    "</script><script>window.broken=1</script><img src=x onerror='window.broken=1'>"
    '<b>bold</b> <a href="javascript:window.broken=1">link</a> {{title}} ${broken=1} &lt;i&gt;'
)


@pytest.fixture(scope="module")
def noisy():
    """A run of 600 steps and six epochs, one of whose losses is NaN."""
    values = np.random.default_rng(0).normal(5, 1, N_STEPS)
    with TrainingRecorder("noisy", {"width": 64}, {"lr": 0.1}, dir=None) as recorder:
        for epoch, loss in enumerate(LOSSES):
            steps = np.arange(epoch * 100, epoch * 100 + 100)
            recorder.log_steps(steps, {"loss": values[steps], "lr": np.full(100, 0.1)})
            recorder.log_epoch(epoch + 10, loss, loss + 1 if epoch % 2 else None)
        yield recorder


@pytest.fixture(scope="module")
def other():
    with TrainingRecorder("other", {"width": 128}, {"lr": 0.1}, dir=None) as recorder:
        for epoch in range(3):
            recorder.log_step(epoch, {"loss": 1.0 + epoch})
            recorder.log_epoch(epoch + 10, 3.0 - epoch, 9.0)
        yield recorder


def test_what_is_drawn_is_what_was_recorded(open_report, noisy):
    opened = open_report(noisy)
    train, val, best = opened.traces(opened.chart("loss", "epochs"))

    assert train["x"] == [10, 11, 12, 13, 14, 15]
    assert train["y"] == [2.0, 1.5, None, 1.0, 0.75, 0.8]
    assert (val["x"], val["y"]) == ([11, 13, 15], [2.5, 2.0, 1.8])
    assert (best["x"], best["y"]) == ([15], [1.8])
    # A gap is a gap: the line of training is drawn in two pieces.
    assert opened.chart("loss", "epochs").locator(".scatterlayer .js-line").count() == 2 + 1
    assert "1 not finite" in opened.chart("loss", "epochs").inner_text()


def test_charts_are_drawn_when_they_come_into_view(open_report, make_recorder):
    recorder = make_recorder()
    recorder.log_step(0, {f"metric_{at}": 1.0 for at in range(40)})
    opened = open_report(recorder)
    opened.page.locator("figure[data-drawn]").first.wait_for()
    opened.settle()

    before = opened.page.locator("figure[data-drawn]").count()
    opened.chart("metric_39")

    assert 0 < before < 30
    assert opened.page.locator("figure[data-drawn]").count() > before


def test_a_click_in_the_legend_hides_a_curve_and_shows_it_again(open_report, noisy):
    opened = open_report(noisy)
    figure = opened.chart("loss", "epochs")
    lines = figure.locator(".scatterlayer .js-line")
    assert lines.count() == 3  # of training two, between them a gap
    button = figure.get_by_role("button", name="train_loss")

    button.click()
    opened.settle(figure)
    assert button.get_attribute("aria-pressed") == "false"
    assert lines.count() == 1
    assert [trace["visible"] for trace in opened.traces(figure)] == [False, True, True]

    button.click()
    opened.settle(figure)
    assert lines.count() == 3


def test_a_hidden_curve_stays_hidden_when_a_control_moves(open_report, noisy):
    opened = open_report(noisy)
    figure = opened.chart("loss", "epochs")
    figure.get_by_role("button", name="val_loss").click()

    opened.page.get_by_role("button", name="Time").click()
    opened.settle(figure)

    assert opened.layout(figure, "xaxis")["title"].startswith("time")
    assert [trace["visible"] for trace in opened.traces(figure)] == [True, False, False]


def test_a_click_in_a_chart_whose_turn_has_not_come_does_not_hold_it_back(
    open_report, noisy, other
):
    opened = open_report(noisy, other)
    figure = opened.chart("lr")

    was_waiting = figure.evaluate(
        """figure => {
            document.querySelector("[data-axis=epoch]").click();
            const { isStale } = chartOf.get(figure);
            figure.querySelector(".legend button").click();
            return isStale;
        }"""
    )
    opened.settle(figure)

    assert was_waiting
    assert opened.layout(figure, "xaxis")["title"] == "epoch"


def test_a_drag_zooms_and_a_double_click_goes_back(open_report, noisy):
    opened = open_report(noisy)
    figure = opened.chart("loss", "steps")
    first, last = opened.layout(figure, "xaxis")["range"]

    opened.drag(figure)
    zoomed = opened.layout(figure, "xaxis")["range"]
    assert first + 0.2 * (last - first) < zoomed[0] < zoomed[1] < first + 0.8 * (last - first)

    # What is zoomed stays so while the line is made smoother.
    opened.page.locator("#smoothing").fill("0.3")
    opened.settle(figure)
    assert opened.layout(figure, "xaxis")["range"] == pytest.approx(zoomed)

    opened.double_click(figure)
    assert opened.layout(figure, "xaxis")["range"] == pytest.approx([first, last])


def test_the_log_scale(open_report, noisy):
    opened = open_report(noisy)
    figure = opened.chart("loss", "steps")
    assert opened.layout(figure, "yaxis")["type"] == "linear"

    opened.page.get_by_label("Log scale").check()
    opened.settle(figure)
    assert opened.layout(figure, "yaxis")["type"] == "log"
    ticks = [float(text) for text in figure.locator(".ytick text").all_text_contents()]
    assert ticks == [1, 2, 5]  # whole numbers, no digits of a decade

    opened.page.get_by_label("Log scale").uncheck()
    opened.settle(figure)
    assert opened.layout(figure, "yaxis")["type"] == "linear"


def test_no_button_sends_the_chart_anywhere(open_report, noisy):
    opened = open_report(noisy)
    figure = opened.chart("loss", "steps")
    figure.locator(".plot").hover()

    titles = figure.locator(".modebar-btn").evaluate_all(
        "buttons => buttons.map(button => button.dataset.title)"
    )

    assert titles == ["Download plot as a PNG", "Zoom", "Pan", "Reset axes"]


def test_each_axis(open_report, noisy):
    opened = open_report(noisy)
    epochs, steps = opened.chart("loss", "epochs"), opened.chart("loss", "steps")
    assert opened.layout(epochs, "xaxis")["title"] == "epoch"
    assert opened.layout(steps, "xaxis")["title"] == "step"

    opened.page.get_by_role("button", name="Step", exact=True).click()
    epochs = opened.chart("loss", "epochs")
    assert opened.traces(epochs)[0]["x"] == [99, 199, 299, 399, 499, 599]
    assert opened.layout(epochs, "xaxis")["title"] == "step"

    opened.page.get_by_role("button", name="Epoch", exact=True).click()
    steps = opened.chart("loss", "steps")
    assert opened.traces(steps)[0]["x"][99::100] == [10, 11, 12, 13, 14, 15]

    opened.page.get_by_role("button", name="Time", exact=True).click()
    steps = opened.chart("loss", "steps")
    assert opened.traces(steps)[0]["x"][0] == 0
    assert opened.layout(steps, "xaxis")["title"].startswith("time since the first row, ")


def test_smoothing_is_tensorboards(open_report, noisy):
    opened = open_report(noisy)
    figure = opened.chart("loss", "steps")
    raw, smoothed = opened.traces(figure)
    path = figure.locator(".scatterlayer .js-line").nth(1)
    before = path.get_attribute("d")
    np.testing.assert_allclose(
        smoothed["y"], smooth(raw["y"], method="tensorboard", weight=0.6), rtol=1e-12
    )

    opened.page.locator("#smoothing").fill("0.95")
    opened.settle(figure)

    raw, smoothed = opened.traces(figure)
    assert path.get_attribute("d") != before
    np.testing.assert_allclose(
        smoothed["y"], smooth(raw["y"], method="tensorboard", weight=0.95), rtol=1e-12
    )
    opened.page.locator("#smoothing").fill("0")
    opened.settle(figure)
    assert [trace["kind"] for trace in opened.traces(figure)] == ["raw"]


def test_epochs_are_smoothed_only_once_the_slider_was_moved(open_report, noisy):
    opened = open_report(noisy)
    assert opened.page.locator("#smoothing-value").inner_text() == "0.60 of steps"
    assert "smooth" not in {one["kind"] for one in opened.traces(opened.chart("loss", "epochs"))}

    opened.page.locator("#smoothing").fill("0.5")

    figure = opened.chart("loss", "epochs")
    smoothed = next(one for one in opened.traces(figure) if one["kind"] == "smooth")
    expected = smooth(LOSSES, method="tensorboard", weight=0.5)
    assert smoothed["y"] == [
        None if np.isnan(value) else pytest.approx(value) for value in expected
    ]


def test_the_pointer_shows_the_value_and_its_place(open_report, noisy):
    opened = open_report(noisy)
    figure = opened.chart("loss", "epochs")
    opened.point_at(figure, 13)
    tooltip = opened.page.locator(".tooltip")
    tooltip.wait_for()

    text = tooltip.inner_text()

    assert "step 399 · epoch 13 · " in text
    assert "train_loss\t1" in text
    assert "val_loss\t2" in text
    opened.point_away(figure)
    tooltip.wait_for(state="hidden")


def test_runs_lie_over_each_other_in_colours_of_their_own(open_report, noisy, other):
    opened = open_report(noisy, other)
    figure = opened.chart("loss", "steps")

    names = figure.locator(".values button").all_inner_texts()
    colours = figure.evaluate("f => f.querySelector('.plot').data.map(t => t.line.color)")

    assert names == ["noisy", "other"]
    assert len(set(colours)) == 2


def test_thirty_runs_are_told_apart_by_colour_and_dash(open_report, make_recorder):
    runs = [make_recorder(f"run {at}") for at in range(30)]
    for at, run in enumerate(runs):
        for epoch in range(3):
            run.log_epoch(epoch, at + 1.0, at + 1.5)
    opened = open_report(*runs)
    figure = opened.chart("loss", "epochs")

    lines = figure.evaluate(
        "f => f.querySelector('.plot').data.filter(t => t.kind === 'raw')"
        ".map(t => [t.line.color, t.line.dash].join())"
    )
    samples = figure.locator(".legend .line").evaluate_all(
        "lines => lines.map(line => line.style.background)"
    )
    swatches = opened.page.locator("#summary tbody .swatch").evaluate_all(
        "all => all.map(one => one.style.getPropertyValue('--colour') + one.dataset.round)"
    )

    assert len(set(lines)) == len(lines) == 60
    assert len(set(samples)) == len(samples) == 60
    assert len(set(swatches)) == len(swatches) == 30


def test_the_pointer_shows_all_digits_of_labels_and_six_of_fractions(open_report, make_recorder):
    recorder = make_recorder()
    for epoch in range(20260101, 20260104):
        for _ in range(3):
            recorder.log_step(loss=1 / 3)
        recorder.log_epoch(epoch, 1.0)
    opened = open_report(recorder)

    figure = opened.chart("loss", "epochs")
    opened.point_at(figure, 20260102)
    tooltip = opened.page.locator(".tooltip")
    tooltip.wait_for()

    assert "epoch 20,260,102 · " in tooltip.inner_text()
    shown = "points => points.map(at => shownOn('epoch', { epoch: [at] }, 0))"
    assert opened.page.evaluate(shown, [1234567, 1 / 3]) == ["epoch 1,234,567", "epoch 0.333333"]


def test_the_comparison_sorts(open_report, noisy, other, make_recorder):
    bare = make_recorder("bare")
    opened = open_report(noisy, other, bare)
    table = opened.page.locator("#summary table")

    def names():
        return table.locator("tbody tr td:first-child").all_inner_texts()

    assert names() == ["noisy", "other", "bare"]
    table.get_by_role("button", name="run").click()
    assert names() == ["bare", "noisy", "other"]
    heading = table.get_by_role("button", name="best val loss")
    heading.click()
    assert names() == ["noisy", "other", "bare"]
    assert table.locator("th[aria-sort]").get_attribute("aria-sort") == "ascending"
    heading.click()
    assert names() == ["other", "noisy", "bare"]  # what is missing stays last


def test_metrics_are_found_by_a_part_of_their_name(open_report, make_recorder):
    recorder = make_recorder()
    recorder.log_step(0, {f"group{at % 3}/metric{at}": 1.0 for at in range(30)})
    opened = open_report(recorder)

    opened.page.get_by_label("Find").fill("METRIC29")

    opened.settle(opened.page.locator("figure:visible"))
    shown = opened.page.locator("figure:visible figcaption").all_inner_texts()
    assert shown == ["group2/metric29"]


def test_hostile_text_runs_nothing_and_is_shown_as_it_is(open_report, make_recorder):
    recorder = make_recorder(EVIL, {EVIL: EVIL}, {"note": EVIL, "link": "javascript:broken=1"})
    twin = make_recorder(EVIL, {"k": "v"})
    for one in (recorder, twin):
        for step in range(4):
            one.log_step(step, {EVIL: float(step), f"{EVIL}/x": float("nan")})
            one.log_epoch(step, 1.0, 2.0, {EVIL: step, "text": EVIL}, {EVIL: 2.0})
    opened = open_report(recorder, twin)
    page = opened.page
    for figure in page.locator("figure").all():
        opened.settle(figure)
    figure = opened.chart(EVIL, "epochs")
    opened.point_at(figure, 2)
    page.locator(".tooltip").wait_for()
    figure.locator(".legend button").first.click()
    opened.settle(figure)

    assert page.evaluate("window.broken") is None
    assert page.locator("img, iframe, a:not(.modebar-btn), b, body script[src]").count() == 0
    assert page.locator("script").count() == 3
    assert EVIL in page.locator("#differences").inner_text()
    assert figure.locator("figcaption").inner_text() == EVIL
    assert EVIL in page.locator(".tooltip").inner_text()
    assert EVIL in figure.locator(".legend").inner_text()
    assert page.title().startswith(EVIL[:40])


def test_paper_shows_every_chart_that_is_unfolded(open_report, noisy, other):
    opened = open_report(noisy, other)
    n_charts = opened.page.locator("figure").count()

    pdf = opened.page.pdf()
    assert pdf.startswith(b"%PDF")
    assert opened.page.locator("figure[data-drawn]").count() == n_charts

    assert opened.page.locator(".controls").is_visible()
    opened.page.emulate_media(media="print")
    opened.page.locator(".controls").wait_for(state="hidden")
    assert opened.page.locator("#summary").is_visible()


def test_light_and_dark(open_report, noisy):
    def look(scheme):
        opened = open_report(noisy, color_scheme=scheme)
        text = opened.chart("loss", "steps").locator(".xtick text").first
        return [
            opened.page.evaluate("getComputedStyle(document.body).backgroundColor"),
            text.evaluate("text => getComputedStyle(text).fill"),
        ]

    light, dark = look("light"), look("dark")

    assert light[0] == "rgb(246, 247, 249)"
    assert dark[0] == "rgb(16, 19, 23)"
    assert light[1] != dark[1]


def test_a_phone_needs_no_scrolling_sideways(open_report, noisy, other):
    opened = open_report(noisy, other, viewport={"width": 390, "height": 800})
    opened.chart("loss", "steps")

    assert opened.page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("kind", ["empty", "nan", "one point", "constant"])
def test_partial_histories_open_quietly(open_report, make_recorder, kind):
    recorder = make_recorder(kind)
    if kind == "nan":
        recorder.log_steps(np.arange(5), {"loss": np.full(5, np.nan)})
        recorder.log_epoch(0, float("nan"), float("inf"))
    elif kind == "one point":
        recorder.log_step(7, {"loss": 1.0})
    elif kind == "constant":
        recorder.log_steps(np.arange(5000), {"loss": np.zeros(5000)})
    opened = open_report(recorder)
    if kind != "empty":
        figure = opened.chart("loss")
        opened.page.get_by_label("Log scale").check()
        opened.settle(figure)

    assert json.loads(opened.page.locator("#curves-data").text_content())["runs"] == [kind]


def test_a_chart_is_saved_as_a_picture(open_report, noisy, tmp_path):
    opened = open_report(noisy)
    figure = opened.chart("loss", "steps")
    figure.locator(".plot").hover()

    with opened.page.expect_download() as download:
        figure.locator(".modebar-btn[data-title*=PNG]").click()
    path = tmp_path / "curve.png"
    download.value.save_as(path)

    assert download.value.suggested_filename == "curve.png"
    assert path.read_bytes().startswith(b"\x89PNG")
