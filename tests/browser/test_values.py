"""The table under a report's chart: what stands under the pointer, the last values, the bounds."""

import numpy as np
import pytest

N_STEPS = 5000


@pytest.fixture
def runs(make_recorder):
    made = []
    for seed, n_steps in enumerate((N_STEPS, 3000)):
        recorder = make_recorder(f"run {seed}")
        values = np.random.default_rng(seed).normal(5 + seed, 1, n_steps)
        recorder.log_steps(np.arange(n_steps), {"loss": values})
        made.append((recorder, values))
    return made


def rows(figure):
    """The table's rows as `{name: {column: title or text}}`, the columns that are shown."""
    script = """figure => Object.fromEntries([...figure.querySelectorAll(".values tbody tr")].map(
        (row) => [row.querySelector("bdi").textContent, Object.fromEntries([...row.cells]
            .filter((cell) => cell.offsetWidth)
            .map((cell) => [cell.className.split(" ")[0], cell.title || cell.textContent]))]))"""
    return figure.evaluate(script)


def shown(value):
    """A number as the page shows it: six digits, no zeros at its end."""
    return f"{value:#.6g}".rstrip("0").rstrip(".")


def test_the_table_has_what_is_under_the_pointer(open_report, runs):
    opened = open_report(*(recorder for recorder, _ in runs))
    figure = opened.chart("loss")
    at = 1234

    opened.point_at(figure, at)
    found = rows(figure)

    drawn = opened.traces(figure)
    for run, (_, values) in enumerate(runs):
        row = found[f"run {run}"]
        step = int(row["place"].replace(",", ""))
        assert abs(step - at) < 20
        assert row["value"] == shown(values[step])
        smooth = drawn[len(runs) + run]
        nearest = int(np.argmin(np.abs(np.array(smooth["x"]) - step)))
        assert row["smooth"] == shown(smooth["y"][nearest])
    assert figure.locator(".values thead .value").inner_text() == "value"


def test_without_a_pointer_it_has_the_last_values_and_always_the_bounds(open_report, runs):
    opened = open_report(*(recorder for recorder, _ in runs))
    figure = opened.chart("loss")
    assert figure.locator(".values thead .value").inner_text() == "last"
    for again in range(2):
        for run, (_, values) in enumerate(runs):
            row = rows(figure)[f"run {run}"]
            assert row["value"] == shown(values[-1])
            assert row["place"] == f"{len(values) - 1:,}"
            assert (row["low"], row["high"]) == (shown(values.min()), shown(values.max()))
        if not again:
            opened.point_at(figure, 100)
            assert rows(figure)["run 0"]["place"] != f"{N_STEPS - 1:,}"
            opened.point_away(figure)


def test_a_curve_that_ends_before_the_pointer_shows_its_end_dimmed(open_report, runs):
    opened = open_report(*(recorder for recorder, _ in runs))
    figure = opened.chart("loss")

    opened.point_at(figure, 4500)

    assert rows(figure)["run 1"]["place"] == "2,999"
    assert figure.locator(".values tbody tr.far bdi").all_inner_texts() == ["run 1"]


def test_columns_follow_the_axis_and_the_smoothing(open_report, make_recorder):
    recorder = make_recorder()
    for epoch in range(3):
        recorder.log_steps(np.arange(200 * epoch, 200 * epoch + 200), {"loss": np.ones(200)})
        recorder.log_epoch(epoch + 10, 3.0 - epoch, 4.0 + epoch)
    opened = open_report(recorder, viewport={"width": 800, "height": 900})
    figure = opened.chart("loss", "steps")
    heads = figure.locator(".values thead th:visible")
    assert heads.all_inner_texts() == ["", "last", "smoothed", "step", "time", "min", "max"]

    opened.page.locator("#smoothing").fill("0")
    opened.page.get_by_role("button", name="Epoch", exact=True).click()
    opened.settle(figure)
    assert heads.all_inner_texts() == ["", "last", "epoch", "time", "min", "max"]
    assert rows(figure)["loss"]["place"] == "12"

    opened.page.get_by_role("button", name="Time", exact=True).click()
    opened.settle(figure)
    assert heads.all_inner_texts() == ["", "last", "step", "time", "min", "max"]
    epochs = opened.chart("loss", "epochs")
    assert rows(epochs)["val_loss"]["low"] == "4, the best epoch: 10"


def test_what_is_not_finite_is_told_as_such(open_report, make_recorder):
    recorder = make_recorder()
    recorder.log_steps(np.arange(4), {"loss": [1.5, np.nan, 2.0, np.inf], "none": [np.nan] * 4})
    opened = open_report(recorder)
    figure = opened.chart("loss")
    assert rows(figure)["loss"]["value"] == "not finite"

    opened.point_at(figure, 1.2)
    assert rows(figure)["loss"]["value"] == "2"
    opened.point_away(figure)
    assert rows(figure)["loss"]["value"] == "not finite"
    title = "th.name[title='loss, 2 not finite']"
    assert figure.locator(f".values tbody {title}").count() == 1
    row = rows(opened.chart("none"))["none"]
    assert (row["value"], row["low"], row["high"]) == ("not finite", "", "")


def test_a_curve_is_hidden_by_the_keyboard(open_report, runs):
    opened = open_report(*(recorder for recorder, _ in runs))
    figure = opened.chart("loss")
    button = figure.get_by_role("button", name="run 1")

    button.focus()
    opened.page.keyboard.press("Space")
    opened.settle(figure)

    assert button.get_attribute("aria-pressed") == "false"
    assert [trace["visible"] for trace in opened.traces(figure)] == [True, False, True, False]
    assert figure.locator(".values tr.off bdi").all_inner_texts() == ["run 1"]


def test_the_table_moves_nothing_when_it_is_made(open_report, runs):
    opened = open_report(*(recorder for recorder, _ in runs))
    heights = opened.chart("loss").evaluate(
        """figure => {
            const before = figure.querySelector(".legend");
            const drawn = before.offsetHeight;
            before.replaceChildren();
            return [before.offsetHeight, drawn];
        }"""
    )

    assert abs(heights[0] - heights[1]) < 6


def test_a_long_table_scrolls_with_all_its_marks(open_report, make_recorder):
    runs = [make_recorder(f"run {at}") for at in range(12)]
    for at, run in enumerate(runs):
        for epoch in range(3):
            run.log_epoch(epoch, at + 1.0, at + 1.5)
    opened = open_report(*runs)
    figure = opened.chart("loss", "epochs")

    box = figure.locator(".values")
    height, whole = box.evaluate("box => [box.clientHeight, box.scrollHeight]")
    assert height < whole
    # The stars move with their rows; none is left hanging below the table.
    assert box.evaluate("box => getComputedStyle(box).position") == "relative"
    top = opened.page.evaluate("document.documentElement.scrollHeight")
    box.evaluate("box => box.scrollTo(0, box.scrollHeight)")
    assert opened.page.evaluate("document.documentElement.scrollHeight") == top


def test_arrow_keys_go_along_a_curve(open_report, make_recorder):
    recorder = make_recorder()
    recorder.log_steps(np.arange(10, 15), {"loss": [5.0, 4.0, np.nan, 2.0, 1.0]})
    opened = open_report(recorder)
    figure = opened.chart("loss")
    figure.locator(".plot").focus()
    seen = []
    for key in ("ArrowLeft", "ArrowLeft", "ArrowLeft", "ArrowLeft", "ArrowLeft", "End", "Home"):
        opened.page.keyboard.press(key)
        opened.settle(figure)
        row = rows(figure)["loss"]
        seen.append((row["place"], row["value"]))

    assert seen == [
        *[("14", "1"), ("13", "2"), ("11", "4"), ("10", "5"), ("10", "5")],
        *[("14", "1"), ("10", "5")],
    ]
    figure.locator(".spikeline").first.wait_for(state="attached")
    opened.page.keyboard.press("Escape")
    opened.settle(figure)
    assert rows(figure)["loss"]["value"] == "1"
    assert figure.locator(".values thead .value").inner_text() == "last"


def test_arrow_keys_go_on_where_two_points_share_a_place(open_report, make_recorder):
    recorder = make_recorder()
    for epoch in range(8):
        if epoch % 2 == 0:
            recorder.log_step(epoch, {"other": 1.0})
        recorder.log_epoch(epoch, 10.0 - epoch)
    opened = open_report(recorder)
    opened.page.get_by_role("button", name="Step", exact=True).click()
    figure = opened.chart("loss", "epochs")
    assert opened.traces(figure)[0]["x"] == [0, 0, 2, 2, 4, 4, 6, 6]
    figure.locator(".plot").focus()

    def places(key):
        seen = []
        for _ in range(4):
            opened.page.keyboard.press(key)
            opened.settle(figure)
            seen.append(figure.evaluate("figure => chartOf.get(figure).cursor"))
        return seen

    assert places("ArrowLeft") == [6, 4, 2, 0]
    assert places("ArrowRight") == [2, 4, 6, 6]

    opened.drag(figure, 0.2, 0.8)  # 6 is out of view: the nearest to it is next
    opened.page.keyboard.press("ArrowLeft")
    opened.settle(figure)
    assert figure.evaluate("figure => chartOf.get(figure).cursor") == 4


def test_times_are_told_in_a_unit_with_few_digits(open_report, make_recorder):
    recorder = make_recorder()
    recorder.log_step(0, {"loss": 1.0})
    opened = open_report(recorder)

    told = opened.page.evaluate("[0, 0.0008291, 0.5, 1, 90, 7200].map((s) => shownSeconds(s, 3))")

    assert told == ["0 s", "0.829 ms", "500 ms", "1 s", "1.5 min", "2 h"]
