"""What a recorder, a run and a comparison look like in a cell: read from the elements."""

import math
import time

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tachograph
from tachograph import TrainingRecorder, compare
from tachograph._core import ROLE_METRIC
from tachograph.curves import Curve
from tachograph.notebook.chart import chart

HARMLESS = {
    *("div", "strong", "span", "table", "thead", "tbody", "tr", "td", "th", "pre"),
    *("svg", "line", "text", "polyline", "circle"),
}
HOSTILE = "</script><img src=x onerror=alert(1)>\x1b[2J \u202e\"'&<b>"


def points(polyline):
    return [tuple(map(float, point.split(","))) for point in polyline["points"].split()]


def test_a_recorder(recorder, page):
    for epoch in range(10, 15):
        val = 3.0 - epoch / 10 if epoch in (11, 13) else None
        recorder.log_epoch(epoch, 2.0 - epoch / 10, val, epoch_time=60.0)
        recorder.log_step(epoch, {"lr": 0.25})

    shown = page(recorder._repr_html_())

    text = " ".join(shown.texts)
    for part in ("experiment", recorder.run_id, "live", "best epoch", "13 (loss 1.7)", "0.25"):
        assert part in text
    train, val = (points(line) for line in shown.all("polyline"))
    assert (len(train), len(val)) == (5, 2)
    # Every point at its own label: the validation's second and fourth of five.
    assert [x for x, _ in val] == [train[1][0], train[3][0]]
    assert [y for _, y in train] == sorted(y for _, y in train)  # it falls, and down is larger
    assert {"epoch 10", "14", "1.9", "0.6"} <= set(shown.texts)


def test_gaps_stay_gaps_and_lone_points_are_seen(recorder, page):
    for epoch, loss in enumerate([1.0, 2.0, math.nan, 3.0, math.inf, 1.0, 2.0]):
        recorder.log_epoch(epoch, loss)

    shown = page(recorder._repr_html_())

    assert [len(points(line)) for line in shown.all("polyline")] == [2, 2]
    assert len(shown.all("circle")) == 1


def test_steps_where_there_are_no_epochs(recorder, page):
    values = np.random.default_rng(0).standard_normal(100_000)
    values[70_000] = 50.0
    recorder.log_steps(np.arange(100_000), {"lr": values, "my_loss": values})

    html = recorder._repr_html_()
    shown = page(html)

    (line,) = shown.all("polyline")
    assert min(y for _, y in points(line)) == 20.0  # the highest value is drawn, at the top
    assert {"my_loss", "50"} <= set(shown.texts)
    assert len(html) < 20_000


@pytest.mark.parametrize(
    "log",
    [
        lambda r: None,
        lambda r: r.log_step(0, {}),
        lambda r: r.log_step(0, {"loss": math.nan}),
        lambda r: r.log_epoch(0, math.nan, math.inf),
        lambda r: r.log_epoch(0, 1.0),
        lambda r: [r.log_epoch(k, 1.0) for k in range(3)],
        lambda r: [r.log_epoch(k, (-1) ** k * 1.7e308) for k in range(4)],
        lambda r: r.log_epoch(-(2**62), 1.0, train_metrics={"m": [1, 2]}),
        lambda r: [r.log_step(k, {f"m{j}": 1 for j in range(300)}) for k in range(3)],
    ],
)
def test_partial_histories(anywhere, page, log):
    log(anywhere)

    shown = page(anywhere._repr_html_())

    assert shown.tags <= HARMLESS
    for line in shown.all("polyline"):
        assert all(0 <= x <= 420 and 0 <= y <= 150 for x, y in points(line))


def test_hostile_names_are_text(tmp_path, page):
    name = HOSTILE
    with TrainingRecorder(name, {name: name}, dir=tmp_path) as recorder:
        recorder.log_step(0, {name: 1.0, "loss" + name: 1.0})
        recorder.log_step(1, {name: 1.0, "loss" + name: 2.0})
    with tachograph.open(recorder.path) as run:
        pages = [
            page(html)
            for html in (
                recorder._repr_html_(),
                run._repr_html_(),
                compare([run, recorder])._repr_html_(),
                compare([run, TrainingRecorder("other", dir=None)])._repr_html_(),
            )
        ]

    for shown in pages:
        assert shown.tags <= HARMLESS
        assert not any(
            key.startswith("on") or key in ("href", "src")
            for _, attributes in shown.elements
            for key in attributes
        )
        text = "".join(shown.texts)
        assert "<img src=x onerror=alert(1)>" in text
        assert "\u202e" not in text
        assert "\x1b" not in text


def test_a_run_that_was_closed_here(recorder, page):
    recorder.close()
    run = tachograph.open(recorder.path)
    assert "closed" in " ".join(page(run._repr_html_()).texts)
    run.close()

    assert page(run._repr_html_()).texts == [repr(run)]


def test_a_comparison(make_recorder, page):
    runs = [make_recorder(name, {"layers": k}, {"lr": 1}) for k, name in enumerate("ab")]
    runs[0].log_epoch(0, 1.0, 2.0)
    runs[1].log_epoch(0, 1.0, 1.5)

    shown = page(compare(runs)._repr_html_())

    text = shown.texts
    assert text[:2] == ["2 runs", "1 setting differs"]
    assert "b *" in text
    assert "a" in text
    assert text[text.index("model.layers") :][:3] == ["model.layers", "0", "1"]
    assert "training.lr" not in text


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    st.lists(st.floats(), max_size=50),
    st.lists(st.integers(-(2**62), 2**62), max_size=50),
)
def test_any_curve_is_drawn_inside_its_frame(page, values, labels):
    n = min(len(values), len(labels))
    x, y = np.sort(np.array(labels[:n], dtype=np.int64)), np.array(values[:n], dtype=np.float64)
    shown = page(chart([Curve("loss", "step", x, y)]))

    places = [point for line in shown.all("polyline") for point in points(line)]
    places += [(float(dot["cx"]), float(dot["cy"])) for dot in shown.all("circle")]
    assert len(places) == np.isfinite(y).sum()
    assert all(58 <= px <= 412 and 20 <= py <= 130 for px, py in places)


def test_a_million_steps_cost_no_more_than_their_columns(recorder, monkeypatch):
    n = 1_000_000
    recorder.log_steps(np.arange(n), {"loss": np.arange(float(n)), "lr": np.ones(n)})
    recorder.close()
    with tachograph.open(recorder.path) as run:
        reader, read = run._columns(), []

        class Counting:
            def __getattr__(self, name):
                real = getattr(reader, name)
                if not callable(real):
                    return real

                def call(*given):
                    found = real(*given)
                    read.append((name, len(found) if name == "rows" else given))
                    return found

                return call

        monkeypatch.setattr(type(run), "_columns", lambda _: Counting())
        html = run._repr_html_()

    assert len(html) < 50_000
    # One column is read and thinned, and nothing else of that length.
    assert [given for name, given in read if name == "column"] == [("steps", ROLE_METRIC, "loss")]
    assert sum(n for name, n in read if name == "rows") < 10_000
    assert not {name for name, _ in read} & {"frame", "index", "column_rows", "courses"}


@pytest.mark.parametrize("name", ["<b>_per_s", "x_per_<img>", 't"<i>_per_"&'])
def test_a_unit_told_by_a_name_is_text(recorder, page, name):
    recorder.log_step(0, {name: 1.0})
    recorder.log_step(1, {name: 2.0})

    shown = page(recorder._repr_html_())

    assert shown.tags <= HARMLESS - {"b"}
    assert any("/" in text and "(" in text for text in shown.texts)


def test_the_time_is_that_of_the_rows_where_no_epoch_has_one(recorder, page):
    recorder.log_step(0, {"loss": 1.0})
    time.sleep(0.05)
    recorder.log_epoch(0, 1.0)

    texts = page(recorder._repr_html_()).texts

    shown = texts[texts.index("time") + 1]
    assert shown.endswith((" ms", " s"))
    assert shown != "0 ms"
    recorder.log_epoch(1, 1.0, epoch_time=90.0)
    assert "1 min 30 s" in page(recorder._repr_html_()).texts
