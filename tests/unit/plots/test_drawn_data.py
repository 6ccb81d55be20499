"""What is drawn is what was recorded: labels, gaps, the best epoch, the extremes."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reading_figures import line, panel, points, titles

import tachograph
from tachograph import TrainingRecorder
from tachograph.plots import TrainingVisualizer

NAN = float("nan")


@pytest.fixture
def sparse(recorder):
    """Labels 10 to 14, validation at 11 and 13, the best at 13."""
    for label, train in zip(range(10, 15), (5.0, 4.0, 3.0, 2.0, 1.0), strict=True):
        val = {11: 4.5, 13: 4.0}.get(label)
        recorder.log_epoch(
            label,
            train,
            val,
            {"mae": train / 2},
            None if val is None else {"mae": val / 2},
            learning_rate=0.1 / label,
            epoch_time=float(label),
            gradient_norm=10.0**label,
        )
    return recorder


class TestBasicCurves:
    def test_each_curve_stands_at_its_own_labels(self, visualizer, sparse):
        figure = visualizer.plot_basic_training_curves(sparse)

        assert titles(figure) == ["Loss", "MAE", "Learning rate", "Time per epoch"]
        loss, mae, rate, time = figure.axes
        labels = [10, 11, 12, 13, 14]
        assert points(line(loss, "Training")) == (labels, [5, 4, 3, 2, 1])
        assert points(line(loss, "Validation")) == ([11, 13], [4.5, 4.0])
        assert points(line(mae, "Training")) == (labels, [2.5, 2, 1.5, 1, 0.5])
        assert points(line(mae, "Validation")) == ([11, 13], [2.25, 2.0])
        assert points(rate.get_lines()[0]) == (labels, [0.1 / label for label in labels])
        assert points(time.get_lines()[0]) == (labels, labels)

    def test_the_star_is_on_the_validation_curve(self, visualizer, sparse):
        loss = visualizer.plot_basic_training_curves(sparse).axes[0]
        star = line(loss, "Best (epoch 13)")

        assert points(star) == ([13], [4.0])
        assert star.get_marker() == "*"
        assert points(star)[0][0] in points(line(loss, "Validation"))[0]

    def test_without_validation_the_star_is_on_the_training_curve(self, visualizer, recorder):
        for label, loss in ((1, 0.5), (2, 0.1), (3, 0.9)):
            recorder.log_epoch(label, loss)

        loss = visualizer.plot_basic_training_curves(recorder).axes[0]

        assert points(line(loss, "Best (epoch 2)")) == ([2], [0.1])

    def test_axes_carry_units(self, visualizer, sparse):
        figure = visualizer.plot_basic_training_curves(sparse)

        assert [axes.get_xlabel() for axes in figure.axes] == ["Epoch"] * 4
        assert panel(figure, "Time per epoch").get_ylabel() == "Time per epoch (s)"

    def test_without_mae_the_first_metric_is_shown(self, visualizer, recorder):
        recorder.log_epoch(0, 1.0, train_metrics={"matrix": np.eye(2), "f1": 0.5, "acc": 0.5})

        assert "f1" in titles(visualizer.plot_basic_training_curves(recorder))

    def test_the_mae_of_any_run_comes_before_another_metric(self, visualizer, make_recorder):
        runs = [make_recorder("a"), make_recorder("b")]
        runs[0].log_epoch(0, 1.0, train_metrics={"f1": 0.5})
        runs[1].log_epoch(0, 1.0, train_metrics={"MAE": 0.5})

        assert titles(visualizer.plot_basic_training_curves(runs))[1] == "MAE"

    def test_lost_values_are_gaps(self, visualizer, recorder):
        for label, loss in enumerate((3.0, NAN, 2.0, math.inf, 1.0)):
            recorder.log_epoch(label, loss)

        drawn = line(visualizer.plot_basic_training_curves(recorder).axes[0], "Training")

        assert np.isnan(drawn.get_ydata()).tolist() == [False, True, False, True, False]
        assert drawn.get_marker() == "o"  # points without neighbours are seen

    def test_a_metric_that_is_missing_once_is_a_gap_and_not_zero(self, visualizer, recorder):
        for label in range(6):
            recorder.log_epoch(label, 1.0, train_metrics={"mae": 1.0} if label != 3 else None)

        drawn = line(visualizer.plot_basic_training_curves(recorder).axes[1], "Training")

        assert list(drawn.get_xdata()) == [0, 1, 2, 3, 4, 5]
        assert np.isnan(drawn.get_ydata()).tolist() == [False, False, False, True, False, False]

    def test_validation_every_third_epoch_is_joined(self, visualizer, recorder):
        for label in range(12):
            recorder.log_epoch(label, 1.0, 2.0 if label % 3 == 0 else None)

        drawn = line(visualizer.plot_basic_training_curves(recorder).axes[0], "Validation")

        assert points(drawn) == ([0, 3, 6, 9], [2.0] * 4)

    def test_a_zero_is_drawn_and_what_was_not_given_is_not(self, visualizer, recorder):
        for label in range(3):
            recorder.log_epoch(label, 0.0, 0.0, gradient_norm=0.0)

        basic = visualizer.plot_basic_training_curves(recorder)
        advanced = visualizer.plot_advanced_metrics(recorder)

        assert points(line(basic.axes[0], "Validation")) == ([0, 1, 2], [0, 0, 0])
        assert not basic.axes[2].get_lines()
        assert basic.axes[2].texts[0].get_text() == "no learning rate recorded"
        assert points(panel(advanced, "Gradient norm").get_lines()[0])[1] == [0, 0, 0]

    def test_several_runs_lie_over_each_other(self, visualizer, make_recorder):
        runs = [make_recorder("same"), make_recorder("same"), make_recorder("_other")]
        for index, run in enumerate(runs):
            run.log_epoch(index, 1.0)

        loss = visualizer.plot_basic_training_curves(runs).axes[0]

        first, second = (f"same · {run.run_id.rpartition('-')[2]}" for run in runs[:2])
        assert points(line(loss, first))[0] == [0]
        assert points(line(loss, second))[0] == [1]
        assert points(line(loss, " _other"))[0] == [2]
        assert len(loss.get_legend().get_texts()) == 3

    def test_a_long_history_keeps_its_ends_and_extremes(self, visualizer, make_recorder):
        recorder = make_recorder(dir=None)
        losses = np.random.default_rng(0).standard_normal(5000)
        losses[1234], losses[4321] = -9.0, 9.0
        for label, loss in enumerate(losses.tolist()):
            recorder.log_epoch(label, loss, learning_rate=1.0)

        figure = visualizer.plot_basic_training_curves(recorder)
        x, y = points(line(figure.axes[0], "Training"))

        assert len(x) < 2100
        assert (x[0], x[-1]) == (0, 4999)
        assert (min(y), max(y)) == (-9.0, 9.0)
        assert x[y.index(-9.0)] == 1234
        assert points(line(figure.axes[0], "Best (epoch 1234)")) == ([1234], [-9.0])

    @settings(max_examples=25)
    @given(
        losses=st.lists(st.tuples(st.floats(), st.none() | st.floats()), min_size=1, max_size=12)
    )
    def test_of_any_losses_the_finite_ones_are_drawn(self, losses):
        with tachograph.TrainingRecorder("any", dir=None, capture_environment=False) as recorder:
            for label, (train, val) in enumerate(losses):
                recorder.log_epoch(label, train, val)
            loss = TrainingVisualizer().plot_basic_training_curves(recorder).axes[0]

        for label, column in (("Training", 0), ("Validation", 1)):
            given_values = [pair[column] for pair in losses if pair[column] is not None]
            if not given_values:
                continue
            finite = [value for value in given_values if math.isfinite(value)]
            drawn = np.asarray(line(loss, label).get_ydata())
            shown = drawn[np.isfinite(drawn)].tolist()
            assert shown == pytest.approx(np.clip(finite, -1e200, 1e200).tolist())


class TestAdvancedMetrics:
    def test_it_has_five_panels(self, visualizer, sparse):
        figure = visualizer.plot_advanced_metrics(sparse)

        assert sorted(titles(figure)) == [
            "Convergence",
            "Generalisation gap",
            "Gradient norm",
            "Memory",
            "Metrics",
        ]

    def test_the_gap_pairs_losses_of_one_epoch(self, visualizer, sparse):
        gap = panel(visualizer.plot_advanced_metrics(sparse), "Generalisation gap")

        assert points(line(gap, "Validation - training")) == ([11, 13], [0.5, 2.0])

    def test_convergence_shows_the_loss_its_mean_and_its_trend(self, visualizer, sparse):
        convergence = panel(visualizer.plot_advanced_metrics(sparse), "Convergence")

        assert points(line(convergence, "Training"))[1] == [5, 4, 3, 2, 1]
        x, y = points(line(convergence, "Trend: -1"))
        assert (x, y) == ([10, 14], pytest.approx([5.0, 1.0]))
        assert line(convergence, "Mean of 2").get_ydata()[0] == pytest.approx(4.5)

    def test_gradient_norms_have_a_logarithmic_axis(self, visualizer, sparse, draw):
        norm = panel(draw(visualizer.plot_advanced_metrics(sparse)), "Gradient norm")

        assert norm.get_yscale() == "log"
        labels = [tick.get_text() for tick in norm.get_yticklabels()]
        assert "10¹²" in labels
        assert not any("$" in label for label in labels)

    def test_memory_is_in_its_unit(self, visualizer, sparse):
        memory = panel(visualizer.plot_advanced_metrics(sparse), "Memory")

        assert memory.get_ylabel() == "Memory (MiB)"

    def test_one_epoch_has_one_tick(self, visualizer, recorder, draw):
        recorder.log_epoch(7, 1.0, 1.5)

        gap = panel(draw(visualizer.plot_advanced_metrics(recorder)), "Generalisation gap")

        assert gap.get_xticks().tolist() == [7]


class TestDashboard:
    def test_it_has_six_panels(self, visualizer, sparse):
        figure = visualizer.plot_training_dashboard(sparse)

        assert titles(figure) == [
            "Loss",
            "Metrics",
            "Learning rate",
            "Summary",
            "Best epoch",
            "Stability",
        ]

    def test_texts_use_the_labels_of_the_log(self, visualizer, sparse):
        figure = visualizer.plot_training_dashboard(sparse)

        for title, name in (("Summary", "Best epoch"), ("Best epoch", "Epoch")):
            texts = [text.get_text() for text in panel(figure, title).texts]
            assert texts[texts.index(name) + 1] == "13"

    def test_the_caption_names_run_size_and_commit(self, visualizer, make_recorder):
        recorder = make_recorder(capture_environment=True)
        recorder.log_epoch(0, 1.0)
        recorder.log_step(loss=1.0)
        recorder.close()

        caption = visualizer.plot_training_dashboard(recorder).get_supxlabel()

        assert recorder.run_id in caption
        assert "1 steps" not in caption
        assert "1 step  ·  1 epoch  ·  20" in caption
        commit = recorder.experiment_metadata["git_commit"]
        assert ("commit" in caption) == (commit is not None)


class TestComparison:
    def test_runs_of_different_lengths_without_validation(self, visualizer, make_recorder):
        runs = [make_recorder("long"), make_recorder("short")]
        for run, n in zip(runs, (10, 5), strict=True):
            for label in range(n):
                run.log_epoch(label, 2.0 * n - label, epoch_time=1.5)

        figure = visualizer.plot_experiment_comparison(runs)

        losses, best, convergence, time = figure.axes
        assert len(points(line(losses, "long"))[0]) == 10
        assert len(points(line(losses, "short"))[0]) == 5
        assert [bar.get_height() for bar in best.patches] == [11.0, 6.0]
        assert [bar.get_height() for bar in time.patches] == [15.0, 7.5]
        assert points(line(convergence, "long"))[1][0] == 1.0
        assert points(line(convergence, "short"))[1][-1] == pytest.approx(0.6)

    def test_a_best_loss_of_zero_has_no_length_and_says_so(self, visualizer, make_recorder):
        runs = [make_recorder("zero"), make_recorder("zero"), make_recorder("empty")]
        runs[0].log_epoch(0, 0.0, 0.0)
        runs[1].log_epoch(0, 1.0, 0.25)

        best = visualizer.plot_experiment_comparison(runs).axes[1]

        assert [bar.get_height() for bar in best.patches] == [0.0, 0.25, 0.0]
        assert [text.get_text() for text in best.texts] == [
            "0, epoch 0",
            "0.25, epoch 0",
            "no loss",
        ]
        names = [tick.get_text() for tick in best.get_xticklabels()]
        assert len(set(names)) == 3
        assert [name.split(" · ")[0] for name in names] == ["zero", "zero", "empty"]

    @pytest.mark.parametrize("figsize", [(15, 10), (7.5, 5)])
    def test_ten_runs_of_long_names_have_room(self, visualizer, make_recorder, draw, figsize):
        names = [f"resnet50 cosine schedule {at}" for at in range(10)]
        runs = [make_recorder(name, dir=None) for name in names]
        for run in runs:
            run.log_epoch(0, 1.2345, 1.5432, epoch_time=754.0)

        figure = draw(visualizer.plot_experiment_comparison(runs, figsize=figsize))

        _, best, _, time = figure.axes
        for axes in (best, time):
            frame = axes.get_window_extent()
            assert frame.height > 0.1 * figure.bbox.height
            ticks = [tick.get_text() for tick in axes.get_xticklabels()]
            assert ticks == [f"resnet50…edule {at}" for at in range(10)]
            for text in axes.texts:
                assert text.get_window_extent().y1 < axes._left_title.get_window_extent().y0

    @pytest.mark.parametrize(
        ("losses", "relative"),
        [
            ((4.0, 2.0, 1.0), (1.0, 0.5, 0.25)),
            ((0.0, 1.0, -1.0), (1.0, 2.0, 0.0)),
            ((-2.0, -4.0, -6.0), (1.0, 0.5, 0.0)),
            ((0.0, 0.0), (1.0, 1.0)),
            ((NAN, 2.0, 1.0), (NAN, 1.0, 0.5)),
        ],
    )
    def test_convergence_is_relative_to_the_first_loss(
        self, visualizer, recorder, losses, relative
    ):
        for label, loss in enumerate(losses):
            recorder.log_epoch(label, loss)

        convergence = visualizer.plot_experiment_comparison([recorder]).axes[2]

        drawn = line(convergence, "experiment").get_ydata()
        assert drawn.tolist() == pytest.approx(list(relative), nan_ok=True)


class TestMetricEvolution:
    @pytest.mark.parametrize("n", [1, 2, 3, 5, 7])
    def test_there_is_a_panel_for_each_metric(self, visualizer, sparse, n):
        names = ["mae", "mse", "rmse", "r2", "f1", "auc", "acc"][:n]

        figure = visualizer.plot_metric_evolution(sparse, names)

        assert len(figure.axes) == n
        assert points(line(figure.axes[0], "Training"))[0] == [10, 11, 12, 13, 14]
        assert all(axes.texts[0].get_text() == "no data" for axes in figure.axes[1:])

    def test_the_default_is_four_metrics(self, visualizer, sparse):
        assert titles(visualizer.plot_metric_evolution(sparse)) == ["MAE", "MSE", "RMSE", "R²"]

    def test_arrays_say_so(self, visualizer, recorder):
        recorder.log_epoch(0, 1.0, train_metrics={"matrix": np.eye(2)})

        (axes,) = visualizer.plot_metric_evolution(recorder, ["matrix"]).axes

        assert axes.texts[0].get_text() == "no data: its values are arrays"


N_ROWS = 12_000


@pytest.fixture(scope="module")
def damaged(tmp_path_factory, damage_column):
    """Paths of runs that damage took steps, and epochs, from."""
    paths = {}
    for table, column in (("steps", "loss"), ("epochs", "train_loss")):
        directory = tmp_path_factory.mktemp("damaged")
        with TrainingRecorder("run", dir=directory, capture_environment=False) as recorder:
            for at in range(N_ROWS):
                recorder.log_step(at, {"loss": math.sin(at), "lr": 0.1})
                recorder.log_epoch(at, math.sin(at), math.cos(at))
            paths[table] = recorder.path
        damage_column(paths[table], table, column)
    return paths


class TestDamage:
    """No line runs where damage took rows."""

    def lost(self, path, table, column):
        with tachograph.open(path) as run:
            labels, _ = run.history(column, table=table)
        widest = int(np.argmax(np.diff(labels)))
        assert labels[widest + 1] - labels[widest] > 5
        return labels[widest], labels[widest + 1]

    def assert_broken(self, drawn, before, after):
        """No two points that are joined lie on either side of what was lost."""
        x, y = (np.asarray(values, dtype=float) for values in drawn.get_data())
        last, first = np.flatnonzero(x <= before)[-1], np.flatnonzero(x >= after)[0]
        assert np.isnan(y[last + 1 : first]).all()
        assert first - last > 1

    def test_of_the_epochs(self, visualizer, damaged):
        ends = self.lost(damaged["epochs"], "epochs", "train_loss")
        figure = visualizer.plot_basic_training_curves(damaged["epochs"])

        self.assert_broken(line(figure.axes[0], "Training"), *ends)
        validation = line(figure.axes[0], "Validation")
        assert np.isfinite(validation.get_ydata()).all()

    def test_of_a_watched_training(self, visualizer, damaged):
        ends = self.lost(damaged["epochs"], "epochs", "train_loss")
        figure = visualizer.plot_monitoring(damaged["epochs"])

        self.assert_broken(line(figure.axes[0], "Training"), *ends)
        validation = line(figure.axes[0], "Validation")
        assert np.isfinite(validation.get_ydata()).all()

    @pytest.mark.parametrize("smoothing", [0.0, 0.9])
    def test_of_the_steps(self, visualizer, damaged, smoothing):
        ends = self.lost(damaged["steps"], "steps", "loss")
        figure = visualizer.plot_metrics(damaged["steps"], ["loss"], smoothing=smoothing)

        drawn = figure.axes[0].get_lines()
        assert len(drawn) == (2 if smoothing else 1)
        for one in drawn:
            self.assert_broken(one, *ends)
        (band,) = figure.axes[0].collections
        width = N_ROWS / 400  # of a bin
        for path in band.get_paths():
            outline = path.vertices[:, 0]
            assert outline.max() <= ends[0] + width or outline.min() >= ends[1] - width

    def test_of_the_dashboard_of_steps_on_each_axis(self, visualizer, damaged):
        for axis in ("step", "epoch", "wall_time"):
            figure = visualizer.plot_step_dashboard(damaged["steps"], axis=axis, smoothing=0)
            (drawn,) = figure.axes[0].get_lines()
            assert np.isnan(drawn.get_ydata()).any()
