"""Looks, files and errors of the visualizer."""

import subprocess
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Event

import matplotlib as mpl
import matplotlib.image
import matplotlib.style
import numpy as np
import pytest
from reading_figures import titles

import tachograph
from tachograph.exceptions import (
    ArgumentTypeError,
    InvalidArgumentError,
    LogIOError,
    RunNotFoundError,
)
from tachograph.overview.wording import duration
from tachograph.plots import TrainingVisualizer

PNG = b"\x89PNG"


@pytest.fixture
def recorder(make_recorder):
    recorder = make_recorder(
        "Größe 损失",
        {"hidden_size": 128, "layers": [1, 2]},
        {"epochs": 10, "opt": {"name": "adam"}},
    )
    for label in range(10, 15):
        recorder.log_epoch(label, 1 / label, 2 / label, {"mae": 0.5}, {"mae": 0.6})
        recorder.log_step(label, loss=1 / label)
    return recorder


class TestLook:
    def test_what_was_given_is_kept(self):
        visualizer = tachograph.TrainingVisualizer()

        assert (visualizer.style, visualizer.palette) == ("seaborn-v0_8", "Set2")
        assert TrainingVisualizer("ggplot", "husl").style == "ggplot"

    @pytest.mark.parametrize("style", ["dark", "ggplot", "classic", "dark_background", "fast"])
    def test_every_style_draws(self, recorder, draw, style):
        draw(TrainingVisualizer(style).plot_basic_training_curves(recorder), lay_out=False)

    @pytest.mark.parametrize(
        "palette",
        ["husl", "hls", "tab10", "viridis", "colorblind", "deep", "dark", "Greys", "gray_r"],
    )
    @pytest.mark.parametrize("style", ["seaborn-v0_8", "dark"])
    def test_every_palette_is_seen_on_its_background(self, palette, style):
        from tachograph.plots.contrast import contrast
        from tachograph.plots.theme import theme_of

        theme = theme_of(style, palette)

        assert all(contrast(color, theme.surface) >= 3 for color in theme.colors)
        roles = theme.roles
        for color in (roles.train, roles.validation, roles.best, roles.other, roles.muted):
            assert contrast(color, theme.surface) >= 3

    @pytest.mark.parametrize(
        ("options", "listed"),
        [
            ({"style": "seaborn"}, "'seaborn-v0_8'"),
            ({"style": "_classic_test_patch"}, "'dark'"),
            ({"palette": "Set22"}, "'Set2'"),
            ({"palette": ""}, "'husl'"),
        ],
    )
    def test_an_unknown_look_lists_those_there_are(self, options, listed):
        with pytest.raises(InvalidArgumentError, match=listed) as caught:
            TrainingVisualizer(**options)

        assert isinstance(caught.value, ValueError)
        assert caught.value.argument == next(iter(options))

    @pytest.mark.parametrize("options", [{"style": None}, {"palette": 3}])
    def test_a_look_is_a_name(self, options):
        with pytest.raises(ArgumentTypeError):
            TrainingVisualizer(**options)

    def test_training_and_validation_have_the_same_colours_everywhere(self, visualizer, recorder):
        basic = visualizer.plot_basic_training_curves(recorder)
        dashboard = visualizer.plot_training_dashboard(recorder)
        evolution = visualizer.plot_metric_evolution(recorder, ["mae"])

        for label in ("Training", "Validation"):
            colors = {
                line.get_color()
                for axes in (*basic.axes[:2], dashboard.axes[0], evolution.axes[0])
                for line in axes.get_lines()
                if line.get_label() == label
            }
            assert len(colors) == 1

    def test_the_callers_own_settings_do_not_reach_the_figure(self, visualizer, recorder, draw):
        with mpl.rc_context({"text.parse_math": True, "lines.linewidth": 40, "font.size": 50}):
            figure = draw(visualizer.plot_basic_training_curves(recorder))

        assert figure.axes[0].get_lines()[0].get_linewidth() == pytest.approx(2.0)
        assert figure.axes[0].get_xticklabels()[0].get_fontsize() == pytest.approx(12.0)

    def test_a_figure_that_the_caller_saves_is_drawn_with_its_own_settings(
        self, visualizer, recorder, tmp_path
    ):
        figure = visualizer.plot_metric_evolution(recorder, ["mae"], figsize=(4, 3))

        with mpl.rc_context({"savefig.transparent": True, "savefig.dpi": 13}):
            figure.savefig(tmp_path / "own.png")

        drawn = mpl.image.imread(tmp_path / "own.png")
        assert drawn.shape[:2] == (300, 400)
        assert drawn[0, 0].tolist() == [1.0] * 4

    def test_a_thread_that_draws_waits_for_another_to_give_the_settings_back(
        self, visualizer, recorder
    ):
        sizes = [(3, 2), (15, 10)]
        first, second = (
            visualizer.plot_metric_evolution(recorder, ["mae"], figsize=size) for size in sizes
        )
        before = dict(mpl.rcParams), list(warnings.filters)
        entered, may_leave = Event(), Event()

        def draw_second():
            with second.styled():
                entered.set()
                assert may_leave.wait(60)

        with ThreadPoolExecutor(1) as pool:
            with first.styled():
                drawing = pool.submit(draw_second)
                overlapped = entered.wait(0.2)
            may_leave.set()
            drawing.result()

        assert (dict(mpl.rcParams), warnings.filters) == before
        assert not overlapped

    def test_a_style_of_the_users_own_chooses_no_backend(self, recorder, monkeypatch):
        own = {"backend": "svg", "interactive": True, "toolbar": "None", "lines.linewidth": 9.0}
        monkeypatch.setitem(mpl.style.library, "own", mpl.RcParams(own))

        before = mpl.rcParams._get("backend")
        visualizer = TrainingVisualizer("own")
        figure = visualizer.plot_metric_evolution(recorder, ["mae"])

        assert mpl.rcParams._get("backend") == before
        assert not {"backend", "interactive", "toolbar"} & visualizer._theme.base.keys()
        assert figure.axes


class TestSources:
    def test_recorder_run_path_and_record_draw_the_same(self, visualizer, recorder, tmp_path):
        recorder.save(tmp_path / "record.json")
        recorder.sync()

        for source in (
            recorder,
            tachograph.open(recorder.path),
            recorder.path,
            str(recorder.path),
            [recorder],
            tmp_path / "record.json",
        ):
            loss = visualizer.plot_basic_training_curves(source).axes[0]
            assert list(loss.get_lines()[0].get_xdata()) == [10, 11, 12, 13, 14]

    def test_what_shows_one_run_refuses_several(self, visualizer, recorder):
        with pytest.raises(InvalidArgumentError, match="shows one run, not 2"):
            visualizer.plot_training_dashboard([recorder, recorder])
        with pytest.raises(InvalidArgumentError, match="at least one run") as caught:
            visualizer.plot_basic_training_curves([])
        assert caught.value.argument == "recorder"

    def test_what_is_no_run_is_refused(self, visualizer, tmp_path):
        with pytest.raises(ArgumentTypeError, match="recorder, a run, the path"):
            visualizer.plot_training_dashboard(3)
        with pytest.raises(RunNotFoundError):
            visualizer.plot_training_dashboard(tmp_path / "nothing")

    def test_a_live_run_is_drawn_as_it_is_by_then(self, visualizer, recorder):
        run = tachograph.open(recorder.path)
        visualizer.plot_basic_training_curves(run)
        recorder.log_epoch(15, 0.01)

        drawn = visualizer.plot_basic_training_curves(run).axes[0].get_lines()[0]

        assert drawn.get_xdata()[-1] == 15

    def test_the_convenience_is_on_recorders_and_runs(self, recorder, tmp_path):
        assert titles(recorder.plot_training_curves())[0] == "Loss"
        assert titles(tachograph.open(recorder.path).plot_training_curves())[0] == "Loss"

        recorder.plot_training_curves(tmp_path / "new" / "curves.png")

        assert (tmp_path / "new" / "curves.png").read_bytes().startswith(PNG)


class TestFiles:
    @pytest.mark.parametrize(
        ("name", "start"), [("a.png", PNG), ("a.PDF", b"%PDF"), ("a.svg", b"<?xml"), ("a", PNG)]
    )
    def test_the_ending_tells_the_format(self, visualizer, recorder, tmp_path, name, start):
        figure = visualizer.plot_metric_evolution(recorder, ["mae"], tmp_path / name, (4, 3))

        assert (tmp_path / name).read_bytes().startswith(start)
        assert figure.axes

    def test_an_unknown_ending_lists_those_there_are(self, visualizer, recorder, tmp_path):
        with pytest.raises(InvalidArgumentError, match=r"must end in .*png.*, not '\.docx'"):
            visualizer.plot_basic_training_curves(recorder, tmp_path / "a.docx")

        assert not list(tmp_path.glob("a*"))

    def test_what_needs_a_latex_is_no_format(self, visualizer, recorder, tmp_path):
        with pytest.raises(InvalidArgumentError, match=r"must end in .*, not '\.pgf'"):
            visualizer.plot_basic_training_curves(recorder, tmp_path / "a.pgf")

    def test_where_nothing_can_be_written_an_error_says_so(self, visualizer, recorder, tmp_path):
        (tmp_path / "file").write_text("")

        with pytest.raises(LogIOError, match="file"):
            visualizer.plot_basic_training_curves(recorder, tmp_path / "file" / "a.png")
        with pytest.raises(LogIOError):
            visualizer.create_training_report(recorder, tmp_path / "file")
        with pytest.raises(ArgumentTypeError, match="save_path"):
            visualizer.plot_basic_training_curves(recorder, 3.5)

    @pytest.mark.parametrize("figsize", [(0, 1), (1, 2, 3), (1e6, 1), (float("nan"), 1), "ab", 3])
    def test_impossible_sizes_are_refused(self, visualizer, recorder, figsize):
        with pytest.raises((InvalidArgumentError, ArgumentTypeError), match="figsize"):
            visualizer.plot_basic_training_curves(recorder, figsize=figsize)

    def test_the_dashboard_is_no_empty_file(self, visualizer, recorder, tmp_path):
        visualizer.plot_training_dashboard(recorder, tmp_path / "dashboard.png")

        assert (tmp_path / "dashboard.png").stat().st_size > 10_000


class TestReport:
    def test_it_writes_its_files_and_its_text(self, visualizer, recorder, tmp_path):
        whole = visualizer.create_training_report(recorder, str(tmp_path / "deep" / "er"))

        assert [path.name for path in whole] == [
            "basic_training_curves.png",
            "training_dashboard.png",
            "advanced_metrics.png",
            "metric_evolution.png",
            "training_summary.txt",
        ]
        assert all(path.read_bytes().startswith(PNG) for path in whole[:-1])
        assert sorted((tmp_path / "deep" / "er").iterdir()) == sorted(whole)
        text = whole[-1].read_text("utf-8")
        lines = text.splitlines()
        assert lines[0] == "Training Report for Größe 损失"
        for section in (
            "Experiment Metadata",
            "Training Summary",
            "Model Configuration",
            "Training Configuration",
        ):
            assert section in lines
        for line in (
            "- hidden_size: 128",
            "- epochs: 10",
            "- total_epochs: 5",
            "- best_epoch: 14",
            "- layers: [1, 2]",
            "  - name: adam",
            f"- run_id: {recorder.run_id}",
        ):
            assert line in lines

    def test_metrics_that_are_left_out_are_counted(
        self, visualizer, make_recorder, tmp_path, monkeypatch
    ):
        recorder = make_recorder("many")
        recorder.log_epoch(0, 1.0, train_metrics={f"m{at}": 1.0 for at in range(12)})
        headings = {}
        monkeypatch.setattr(
            "tachograph.plots.figures.report.save_figure",
            lambda figure, path: headings.setdefault(path.name, figure.get_suptitle()),
        )

        visualizer.create_training_report(recorder, tmp_path)

        heading = headings["metric_evolution.png"]
        assert heading == "many  ·  Metric evolution (first 9 of 12)"

    def test_a_run_of_nothing_has_a_report_too(self, visualizer, make_recorder, tmp_path):
        files = visualizer.create_training_report(make_recorder("a\nb"), tmp_path, False)

        assert [path.name for path in files] == [
            "basic_training_curves.png",
            "training_dashboard.png",
            "training_summary.txt",
        ]
        text = files[-1].read_text("utf-8")
        assert text.startswith("Training Report for a\\nb\n")
        assert "(none)" in text


class TestHeadless:
    def test_a_notebook_shows_the_figure(self, visualizer, recorder):
        assert visualizer.plot_basic_training_curves(recorder)._repr_png_().startswith(PNG)

    def test_pyplot_is_never_imported_and_nothing_is_printed(self, recorder):
        code = f"""
import sys
import tachograph
visualizer = tachograph.TrainingVisualizer()
visualizer.plot_metric_evolution({str(recorder.path)!r}, ["mae"], "mae.png")
print("matplotlib.pyplot" in sys.modules, "seaborn" in sys.modules)
"""
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={"PATH": "", "PYTHONPATH": ":".join(sys.path)},
        )
        assert (done.stdout, done.stderr) == ("False False\n", "")

    def test_without_matplotlib_the_extra_is_named(self, recorder):
        code = f"""
import sys
sys.modules["matplotlib"] = None
import tachograph
run = tachograph.open({str(recorder.path)!r})
for call in (tachograph.TrainingVisualizer, run.plot_training_curves):
    try:
        call()
    except tachograph.MissingExtraError as error:
        print(error)
"""
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        assert done.stdout.count("pip install 'tachograph[plot]'") == 2

    def test_figures_survive_a_pickle(self, visualizer, recorder, draw):
        import pickle

        figure = pickle.loads(pickle.dumps(visualizer.plot_basic_training_curves(recorder)))

        draw(figure)
        assert np.asarray(figure.axes[0].get_lines()[0].get_xdata()).tolist()[0] == 10


@pytest.mark.parametrize(
    ("secs", "shown"),
    [
        (59.4, "59.4 s"),
        (119.7, "1 min 59 s"),
        (120.0, "2 min 0 s"),
        (3599.9, "59 min 59 s"),
        (7199.9, "1 h 59 min"),
        (86399.0, "23 h 59 min"),
        (float("nan"), "-"),
    ],
)
def test_spans_of_time_are_rounded_down(secs, shown):
    assert duration(secs) == shown


def test_a_run_that_is_written_while_it_is_drawn(visualizer, make_recorder, monkeypatch):
    recorder = make_recorder(dir=None)
    for epoch in range(20):
        recorder.log_epoch(epoch, 1.0, None if epoch in {5, 6} else 2.0)
    real, labels = recorder._columns, count(20)

    def growing():
        at = next(labels)
        if at % 9:  # gaps come, too
            recorder.log_epoch(at, 1.0, 2.0)
        else:
            recorder.log_epoch(at, 1.0)
        recorder.log_step(at, {"loss": 1.0})
        return real()

    monkeypatch.setattr(recorder, "_columns", growing)

    for method in ("basic_training_curves", "training_dashboard", "advanced_metrics"):
        figure = getattr(visualizer, f"plot_{method}")(recorder)
        assert figure.axes
    assert visualizer.plot_metrics(recorder, axis="wall_time").axes
    assert visualizer.plot_step_dashboard(recorder, axis="epoch").axes


def test_many_metrics_make_the_evolution_larger(visualizer, recorder, draw):
    figure = visualizer.plot_metric_evolution(recorder, ["mae"] * 40)

    assert figure.get_size_inches().tolist() == [15.0, pytest.approx(16.8)]
    draw(figure)
