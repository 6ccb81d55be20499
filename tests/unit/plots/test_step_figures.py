"""Steps are drawn as curve, band and smoothed line, and told apart by their names."""

import numpy as np
import pytest
from reading_figures import line, panel, points, titles

import tachograph
from tachograph import TrainingRecorder, UnknownMetricError
from tachograph.exceptions import ArgumentTypeError, InvalidArgumentError
from tachograph.plots.names import quantity_of

N = 20_000


class Clocked:
    """A run's columns with clocks of their own: the times of the first rows of either table."""

    def __init__(self, reader, micros):
        self._reader = reader
        self._micros = micros

    def __getattr__(self, name):
        return getattr(self._reader, name)

    def index(self, table):
        steps, _, attempts, places = self._reader.index(table)
        return [steps, self._micros[: len(steps)], attempts, places]


@pytest.fixture
def long(make_recorder):
    """20,000 steps of six metrics, with a lowest and a highest value, and a gap."""
    recorder = make_recorder(dir=None)
    rng = np.random.default_rng(0)
    loss = rng.standard_normal(N) + 5
    loss[777], loss[15_001] = -20.0, 30.0
    norms = rng.lognormal(0, 1, N)
    norms[9000:11_000] = np.nan
    for start in range(0, N, 1000):
        part = slice(start, start + 1000)
        recorder.log_steps(
            np.arange(N)[part],
            {
                "train/loss": loss[part],
                "grad_norm": norms[part],
                "lr/group0": np.linspace(0.1, 0, N)[part],
                "lr/group1": np.linspace(0.01, 0, N)[part],
                "gpu/memory_mib": np.full(N, 4096.0)[part],
            },
        )
    return recorder


class TestMetrics:
    def test_the_curve_and_the_band_keep_the_extremes(self, visualizer, long):
        (axes,) = visualizer.plot_metrics(long, "train/loss").axes

        x, y = points(line(axes, "_raw"))
        assert (x[0], x[-1]) == (0, N - 1)
        assert (x[y.index(-20.0)], x[y.index(30.0)]) == (777, 15_001)
        (band,) = axes.collections
        bounds = band.get_paths()[0].vertices[:, 1]
        assert (bounds.min(), bounds.max()) == (-20.0, 30.0)

    def test_the_smoothed_line_is_of_the_means(self, visualizer, long):
        (axes,) = visualizer.plot_metrics(long, "train/loss", smoothing=0.9).axes

        smoothed = line(axes, "experiment").get_ydata()
        assert np.all(np.abs(smoothed - 5) < 1.5)
        assert len(smoothed) <= 400

    def test_without_smoothing_there_is_one_line(self, visualizer, long):
        (axes,) = visualizer.plot_metrics(long, ["lr/group0"], smoothing=0).axes

        (drawn,) = axes.get_lines()
        assert drawn.get_ydata()[0] == pytest.approx(0.1)

    def test_few_points_have_no_band(self, visualizer, recorder):
        for step in range(10):
            recorder.log_step(step, loss=float(step))

        (axes,) = visualizer.plot_metrics(recorder, "loss").axes

        assert not axes.collections
        assert points(line(axes, "_raw")) == (list(range(10)), list(range(10)))

    def test_a_gap_stays_a_gap(self, visualizer, long):
        (axes,) = visualizer.plot_metrics(long, "grad_norm").axes

        for label in ("_raw", "experiment"):
            drawn = line(axes, label)
            lost = drawn.get_xdata()[np.isnan(drawn.get_ydata())]
            assert len(lost)
            assert lost.min() >= 9000 - N / 400
            assert lost.max() <= 11_000 + N / 400
        assert axes.get_yscale() == "log"

    def test_all_metrics_have_a_panel_each(self, visualizer, long):
        assert titles(visualizer.plot_metrics(long)) == [
            "train/loss",
            "grad_norm",
            "lr/group0",
            "lr/group1",
            "gpu/memory_mib",
        ]

    def test_metrics_of_the_epochs_are_found_too(self, visualizer, recorder):
        recorder.log_epoch(7, 1.0, train_metrics={"mae": 0.5})

        figure = visualizer.plot_metrics(recorder, ["train_loss", "train/mae"])

        assert [axes.get_xlabel() for axes in figure.axes] == ["Epoch", "Epoch"]
        assert points(line(figure.axes[1], "_raw")) == ([7], [0.5])

    def test_time_is_in_a_unit_that_fits(self, visualizer, long):
        (axes,) = visualizer.plot_metrics(long, "train/loss", axis="wall_time").axes

        assert axes.get_xlabel() == "Time since start (s)"

    def test_a_metric_that_only_one_run_has(self, visualizer, make_recorder):
        one, other = make_recorder("one"), make_recorder("other")
        one.log_step(loss=1.0)
        other.log_step(loss=2.0, acc=0.5)

        loss, acc = visualizer.plot_metrics([one, other]).axes

        assert points(line(loss, "other"))[1] == [2.0]
        assert points(line(acc, "other"))[1] == [0.5]
        assert line(acc, "other").get_color() == line(loss, "other").get_color()

    def test_many_metrics_have_room(self, visualizer, make_recorder):
        recorder = make_recorder(dir=None)
        names = [f"metric {at}" for at in range(300)]
        recorder.log_step(0, dict.fromkeys(names, 1.0))

        some = visualizer.plot_metrics(recorder)
        assert some.get_suptitle() == "experiment  ·  Metrics (first 30 of 300)"
        assert len(some.axes) == 30
        every = visualizer.plot_metrics(recorder, names)
        assert len(every.axes) == 300
        assert every.get_size_inches().max() == 200

    def test_what_is_counted_otherwise_is_left_out_and_said(self, visualizer, make_recorder):
        by_step, by_epoch = make_recorder("steps"), make_recorder("epochs")
        for at in range(100):
            by_step.log_step(train_loss=1.0)
            by_epoch.log_epoch(at, 2.0)

        (axes,) = visualizer.plot_metrics([by_step, by_epoch], "train_loss").axes

        assert axes.get_title(loc="left") == "train_loss (1 of 2 by another axis)"
        assert {drawn.get_label() for drawn in axes.get_lines()} == {"_raw", "steps"}
        (axes,) = visualizer.plot_metrics([by_step, by_epoch], "train_loss", axis="epoch").axes
        assert axes.get_xlabel() == "Epoch"
        assert {drawn.get_label() for drawn in axes.get_lines()} == {"_raw", "epochs"}

    def test_epochs_that_lack_a_metric_are_a_gap(self, visualizer, recorder):
        for epoch in range(10):
            recorder.log_epoch(epoch, 1.0, train_metrics={} if epoch in (4, 5) else {"mae": 0.5})

        (axes,) = visualizer.plot_metrics(recorder, "train/mae").axes

        assert np.isnan(line(axes, "_raw").get_ydata()).any()

    def test_a_size_may_be_an_array_and_log_may_name_nothing(self, visualizer, long):
        figure = visualizer.plot_metrics(long, "train/loss", figsize=np.array([8, 5]), log=[])

        assert tuple(figure.get_size_inches()) == (8, 5)
        assert figure.axes[0].get_yscale() == "linear"

    def test_an_unknown_name_is_told(self, visualizer, long):
        with pytest.raises(UnknownMetricError, match="train/loss"):
            visualizer.plot_metrics(long, ["train/los"])
        with pytest.raises(UnknownMetricError, match=r"'train/los'.*train/loss"):
            visualizer.plot_metrics(long, ["train/loss"], log=["train/los"])

    @pytest.mark.parametrize("axis", [None, "step", "wall_time"])
    def test_a_rate_that_nobody_gave_is_not_drawn(self, visualizer, recorder, axis):
        for epoch in range(3):
            recorder.log_epoch(epoch, 1.0)

        rate, loss = visualizer.plot_metrics(
            recorder, ["learning_rate", "train_loss"], axis=axis
        ).axes

        assert rate.texts[0].get_text() == "no data"
        assert points(line(loss, "_raw"))[1] == [1.0] * 3
        every = titles(visualizer.plot_metrics(recorder))
        assert "train_loss" in every
        assert not {"learning_rate", "epoch_time"} & set(every)

    def test_a_steps_own_zeros_are_drawn(self, visualizer, recorder):
        recorder.log_step(0, {"learning_rate": 0.0})

        (axes,) = visualizer.plot_metrics(recorder).axes

        assert points(line(axes, "_raw")) == ([0], [0.0])

    @pytest.mark.parametrize(
        ("options", "error", "words"),
        [
            ({"smoothing": 1.0}, InvalidArgumentError, "smoothing"),
            ({"smoothing": "much"}, ArgumentTypeError, "smoothing"),
            ({"axis": "hours"}, InvalidArgumentError, "axis"),
            ({"metrics": []}, ArgumentTypeError, "metrics"),
            ({"metrics": [3]}, ArgumentTypeError, "metrics"),
            ({"metrics": 3}, ArgumentTypeError, "metrics must be names of metrics, not 3"),
            ({"log": 3}, ArgumentTypeError, "log must be names of metrics, not 3"),
            ({"figsize": (0, 3)}, InvalidArgumentError, "figsize"),
            ({"figsize": (1, 2, 3)}, InvalidArgumentError, "figsize"),
            ({"figsize": 5}, ArgumentTypeError, "figsize"),
        ],
    )
    def test_bad_arguments_are_named(self, visualizer, long, options, error, words):
        with pytest.raises(error, match=words):
            visualizer.plot_metrics(long, **options)


class TestStepDashboard:
    def test_each_quantity_has_its_panel(self, visualizer, long):
        figure = visualizer.plot_step_dashboard(long)

        rates = panel(figure, "Learning rate")
        assert line(rates, "lr/group0").get_ydata()[0] == pytest.approx(0.1)
        assert line(rates, "lr/group1").get_ydata()[0] == pytest.approx(0.01)
        assert panel(figure, "Gradient norm").get_yscale() == "log"
        assert panel(figure, "Memory").get_ylabel() == "MiB"
        assert panel(figure, "Loss").get_lines()

    def test_more_groups_than_are_drawn_are_counted(self, visualizer, recorder):
        recorder.log_step(0, {f"lr/group{at}": 0.5 for at in range(9)})

        rates = panel(visualizer.plot_step_dashboard(recorder), "Learning rate (first 8 of 9)")

        assert line(rates, "lr/group7")

    def test_throughput_is_told_by_the_clock(self, visualizer, make_recorder, monkeypatch):
        recorder = make_recorder(dir=None)
        columns = type(recorder._columns())
        for _ in range(2000):
            recorder.log_step(loss=1.0)
        micros = np.arange(2000) * 2500

        real = recorder._columns()
        assert isinstance(real, columns)
        monkeypatch.setattr(recorder, "_columns", lambda: Clocked(real, micros))

        throughput = panel(visualizer.plot_step_dashboard(recorder), "Throughput")

        assert throughput.get_ylabel() == "steps/s"
        assert line(throughput, "_raw").get_ydata() == pytest.approx(400.0)

    @pytest.mark.parametrize(
        ("axis", "label"), [("wall_time", "Time since start (s)"), ("epoch", "Epoch")]
    )
    def test_every_panel_has_the_axis_asked_for(
        self, visualizer, recorder, axis, label, monkeypatch
    ):
        for step in range(30):
            recorder.log_step(loss=1.0, lr=0.5, grad_norm=2.0)
            if step == 19:
                recorder.log_epoch(0, 1.0, memory_usage=7.0)
        clocked = Clocked(recorder._columns(), np.arange(30) * 1000)
        monkeypatch.setattr(recorder, "_columns", lambda: clocked)

        figure = visualizer.plot_step_dashboard(recorder, axis=axis)

        assert [axes.get_xlabel() for axes in figure.axes] == [label] * 5

    def test_the_time_until_a_run_was_resumed_is_a_gap(self, visualizer, recorder, monkeypatch):
        for step in range(10):
            recorder.log_step(step, accuracy=0.5)
        recorder.close()
        with TrainingRecorder.load(recorder.path) as again:
            for step in range(10, 20):
                again.log_step(step, accuracy=0.5)
        micros = np.concatenate([np.arange(10), 10_000 + np.arange(10)]) * 1000
        with tachograph.open(recorder.path) as run:
            clocked = Clocked(run._columns(), micros)
            monkeypatch.setattr(run, "_columns", lambda: clocked)
            throughput = panel(visualizer.plot_step_dashboard(run), "Throughput")

        x, y = points(line(throughput, "_raw"))
        assert [at for at, rate in zip(x, y, strict=True) if np.isnan(rate)] == [10]

    def test_rows_that_were_logged_at_once_have_no_throughput(self, visualizer, recorder):
        recorder.log_steps(np.arange(100), {"loss": np.ones(100)})

        throughput = panel(visualizer.plot_step_dashboard(recorder), "Throughput")

        assert throughput.texts[0].get_text() == "no throughput among the steps"

    def test_what_no_step_has_comes_from_the_epochs(self, visualizer, recorder):
        for epoch in range(3):
            recorder.log_step(accuracy=0.5)
            recorder.log_step(accuracy=0.5)
            recorder.log_epoch(epoch, 1.0, 2.0 if epoch else None, memory_usage=7.0)

        figure = visualizer.plot_step_dashboard(recorder)

        assert points(line(panel(figure, "Memory"), "memory_usage")) == ([1, 3, 5], [7, 7, 7])
        assert list(line(panel(figure, "Loss"), "val_loss").get_xdata()) == [3, 5]
        assert panel(figure, "Learning rate").texts[0].get_text().startswith("no learning rate")
        assert panel(figure, "Loss").get_xlabel() == "Step"

    def test_without_steps_each_panel_says_so(self, visualizer, recorder):
        figure = visualizer.plot_step_dashboard(recorder)

        assert [len(axes.texts) for axes in figure.axes] == [1] * 5


@pytest.mark.parametrize(
    ("name", "quantity"),
    [
        ("loss", "loss"),
        ("train/loss", "loss"),
        ("valLoss", "loss"),
        ("lr", "learning_rate"),
        ("LR", "learning_rate"),
        ("lr/group0", "learning_rate"),
        ("lr-AdamW/pg1", "learning_rate"),
        ("learning_rate", "learning_rate"),
        ("grad_norm", "gradient_norm"),
        ("gradNorm", "gradient_norm"),
        ("grad_2.0_norm_total", "gradient_norm"),
        ("gpu/memory_mib", "memory"),
        ("tokens_per_sec", "throughput"),
        ("throughput", "throughput"),
        ("train/samples/sec", "throughput"),
        ("it/s", "throughput"),
        ("epoch/seconds", None),
        ("colr", None),
        ("weight_norm", None),
        ("glossary", None),
        ("", None),
        ("損失", None),
    ],
)
def test_quantities_are_told_by_names(name, quantity):
    assert quantity_of(name) == quantity
