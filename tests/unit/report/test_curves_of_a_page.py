"""What the page draws is what was recorded."""

import base64

import numpy as np

import tachograph


def numbers(packed, kind="<f8"):
    return np.frombuffer(base64.b64decode(packed), dtype=kind)


def test_values_and_places_are_those_of_the_log(recorder, report):
    for step in range(6):
        recorder.log_step(step * 10, {"loss": 1 / 3 + step})
        if step % 3 == 2:
            recorder.log_epoch(step // 3 + 1, 0.1 * step, 0.2 * step)

    charts = report(recorder).charts
    (steps,) = charts["steps:loss"]["traces"]
    points = steps["points"]
    assert numbers(points["y"]).tolist() == [1 / 3 + step for step in range(6)]
    assert numbers(points["step"]).tolist() == [0, 10, 20, 30, 40, 50]
    fractions = numbers(points["epoch"])
    np.testing.assert_allclose(fractions, [1 / 3, 2 / 3, 1, 4 / 3, 5 / 3, 2], rtol=1e-6)
    seconds = numbers(points["seconds"], "<f4")
    assert seconds[0] == 0
    assert (np.diff(seconds) >= 0).all()
    assert steps["means"] is None

    train, val = charts["epochs:loss"]["traces"]
    assert [train["role"], val["role"]] == ["train", "val"]
    assert numbers(val["points"]["epoch"]).tolist() == [1, 2]
    assert numbers(val["points"]["step"]).tolist() == [20, 50]
    assert numbers(val["points"]["y"]).tolist() == [0.4, 1.0]


def test_the_best_epoch_is_marked_on_the_curve_that_made_it_so(recorder, report):
    for label, train, val in [(10, 3.0, None), (11, 2.0, 0.5), (12, 1.0, None), (13, 0.5, 0.9)]:
        recorder.log_epoch(label, train, val)

    train, val = report(recorder).charts["epochs:loss"]["traces"]

    assert train["best"] is None
    assert numbers(val["best"]["epoch"]).tolist() == [11]
    assert numbers(val["best"]["y"]).tolist() == [0.5]


def test_labels_of_epochs_keep_all_their_digits(recorder, report):
    recorder.log_step(0, {"loss": 1.0})
    recorder.log_epoch(20260101, 2.0)

    charts = report(recorder).charts

    (train,) = charts["epochs:loss"]["traces"]
    assert numbers(train["points"]["epoch"]).tolist() == [20260101]
    assert numbers(train["best"]["epoch"]).tolist() == [20260101]
    (steps,) = charts["steps:loss"]["traces"]
    assert numbers(steps["points"]["epoch"]).tolist() == [20260101]


def test_without_validation_the_training_loss_is_marked(recorder, report):
    recorder.log_epoch(0, 2.0)
    recorder.log_epoch(1, 1.0)

    (train,) = report(recorder).charts["epochs:loss"]["traces"]

    assert numbers(train["best"]["epoch"]).tolist() == [1]


def test_a_long_curve_keeps_its_ends_and_extremes(recorder, report):
    values = np.random.default_rng(0).standard_normal(100_000)
    values[12_345], values[77_777] = 50, -60
    recorder.log_steps(np.arange(100_000), {"loss": values})

    (trace,) = report(recorder).charts["steps:loss"]["traces"]
    y = numbers(trace["points"]["y"])

    assert trace["values"] == 100_000
    assert 1500 < len(y) < 2100
    assert (y[0], y[-1], y.max(), y.min()) == (values[0], values[-1], 50, -60)
    steps = numbers(trace["points"]["step"]).astype(int)
    np.testing.assert_array_equal(values[steps], y)


def test_the_smooth_line_is_made_of_means_of_all_values(recorder, report):
    """The extremes of a skewed curve lie far above its mean."""
    values = np.random.default_rng(0).exponential(size=50_000)
    recorder.log_steps(np.arange(50_000), {"loss": values})

    (trace,) = report(recorder).charts["steps:loss"]["traces"]
    means = numbers(trace["means"]["y"])

    assert len(means) == 500
    assert abs(means.mean() - values.mean()) < 1e-3
    assert numbers(trace["points"]["y"]).mean() > 2
    np.testing.assert_allclose(means[0], values[:100].mean())
    np.testing.assert_array_equal(numbers(trace["means"]["step"]), np.arange(500) * 100 + 50)


def test_values_that_are_not_finite_are_gaps_and_counted(recorder, report):
    for step, value in enumerate([1.0, float("nan"), float("inf"), 2.0, -float("inf")]):
        recorder.log_step(step, {"loss": value})

    page = report(recorder)
    (trace,) = page.charts["steps:loss"]["traces"]

    assert trace["notFinite"] == 3
    y = numbers(trace["points"]["y"])
    np.testing.assert_array_equal(y, [1.0, np.nan, np.nan, 2.0, np.nan])
    assert "3 values of 5 not finite, steps 1 to 4" in page.text


def test_rows_that_damage_took_are_a_gap(recorder, report):
    values = np.random.default_rng(0).standard_normal(400_000)
    for part in np.split(np.arange(400_000), 40):
        recorder.log_steps(part, {"loss": values[part]})
    recorder.close()
    file = recorder.path / "run.tacho"
    content = bytearray(file.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 20] = bytes(byte ^ 255 for byte in content[middle : middle + 20])
    file.write_bytes(content)

    page = report(recorder.path)

    with tachograph.open(recorder.path) as run:
        steps, _ = run.history("loss")
        (place,) = run._columns().report()["damage"]
    first, last = place["first_step"], place["last_step"]
    assert steps[0] < first < last < steps[-1]
    (trace,) = page.charts["steps:loss"]["traces"]
    assert (trace["values"], trace["notFinite"]) == (len(steps), 0)
    y, x = numbers(trace["points"]["y"]), numbers(trace["points"]["step"])
    (gap,) = np.flatnonzero(np.isnan(y))
    assert x[gap - 1] < first
    assert x[gap + 1] > last


def test_runs_share_the_chart_of_a_metric(make_recorder, report):
    first, second = make_recorder("a"), make_recorder("b")
    first.log_step(0, {"loss": 1.0, "only": 2.0})
    second.log_step(0, {"loss": 3.0})

    page = report(first, second)

    assert page.payload["runs"] == ["a", "b"]
    assert [trace["run"] for trace in page.charts["steps:loss"]["traces"]] == [0, 1]
    assert [trace["run"] for trace in page.charts["steps:only"]["traces"]] == [0]


def test_runs_of_one_name_are_told_apart(make_recorder, report):
    first, second = make_recorder("same"), make_recorder("same")
    for one in (first, second):
        one.log_epoch(0, 1.0)

    labels = report(first, second, second).payload["runs"]

    assert len(set(labels)) == 3
    assert all(label.startswith("same · ") for label in labels)


def test_an_epochs_splits_of_a_metric_share_their_chart(recorder, report):
    recorder.log_epoch(0, 1.0, 1.0, {"acc": 1, "train/odd": 2}, {"acc": 3, "f1": 4})

    charts = report(recorder).charts

    assert [t["name"] for t in charts["epochs:acc"]["traces"]] == ["train/acc", "val/acc"]
    assert [t["name"] for t in charts["epochs:f1"]["traces"]] == ["val/f1"]
    assert [t["name"] for t in charts["epochs:train/odd"]["traces"]] == ["train/train/odd"]
    assert "epochs:learning_rate" not in charts  # zero: nobody said one


def test_a_path_and_an_open_run_give_the_same_curves(recorder, report):
    recorder.log_step(0, {"loss": 1.0})
    recorder.close()
    with tachograph.open(recorder.path) as run:
        by_run = report(run).payload
        assert run.history("loss")[1].tolist() == [1.0]  # still open

    assert report(recorder.path).payload == by_run


def test_steps_stand_under_the_first_part_of_their_names(recorder, report):
    recorder.log_step(
        0, dict.fromkeys(["gpu/a", "loss", "val/alone", "gpu/b/c", "/odd", "odd/"], 1.0)
    )

    page = report(recorder)
    titles = [chart["title"] for chart in page.payload["charts"]]

    assert [tag for tag, _ in page.tags].count("figure") == len(titles) == 6
    assert titles == ["gpu/a", "gpu/b/c", "loss", "val/alone", "/odd", "odd/"]
    assert page.text.index("gpu/b/c") < page.text.index("Steps") < page.text.index("loss")
