"""`TrainingVisualizer`: every figure of a run or of several."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from tachograph._optional import require
from tachograph.analysis.arrays import fraction, one_of
from tachograph.curves import Axis, Source, opened
from tachograph.plots.arguments import at_least_one, names_given, only_one

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from tachograph.overview.watched_source import WatchedSource
    from tachograph.plots.canvas import RunFigure
    from tachograph.plots.history import Split

__all__ = ["TrainingVisualizer", "plot_training_curves"]

PathLike: TypeAlias = "str | os.PathLike[str]"
Size: TypeAlias = tuple[float, float]
Sources: TypeAlias = "Source | Iterable[Source]"


class TrainingVisualizer:
    """Draws runs.

    A source is a recorder, a run, or the path of one; most figures also take a list of them. Every
    method returns its figure, which belongs to the caller alone: it is not pyplot's, so that there
    is nothing to close, and a notebook shows it. With `save_path` it is written as well, in the
    format of the name's ending; folders are made.

    Every method raises what `tachograph.open` raises for a path, and InvalidArgumentError,
    ArgumentTypeError or LogIOError for a path or a size that cannot be.

    Attributes:
        style: As it was given.
        palette: As it was given.
    """

    def __init__(self, style: str = "seaborn-v0_8", palette: str = "Set2") -> None:
        """Chooses the look.

        Args:
            style: ``"seaborn-v0_8"``, the light theme; ``"dark"``; or any style of matplotlib.
            palette: Colours of runs and metrics: a colour map of matplotlib, ``"husl"``, or one of
                seaborn's (``"colorblind"`` ...). Training, validation and the best epoch have
                colours of their own.

        Raises:
            MissingExtraError: matplotlib is not installed.
            InvalidArgumentError: There is no such style or palette; the message lists them.
        """
        require("matplotlib", "plot")
        from tachograph.plots.theme import theme_of

        self._theme = theme_of(style, palette)
        self.style = style
        self.palette = palette

    def __repr__(self) -> str:
        return f"TrainingVisualizer(style={self.style!r}, palette={self.palette!r})"

    def plot_basic_training_curves(
        self, recorder: Sources, save_path: PathLike | None = None, figsize: Size = (15, 10)
    ) -> Figure:
        """Loss with the best epoch, a metric, learning rate and time, by epoch.

        The metric is ``mae``, or the first metric of numbers.
        """
        from tachograph.plots.figures.basic import draw_basic

        with opened(recorder) as runs:
            figure = draw_basic(at_least_one(runs), self._theme, figsize)
        return _given(figure, save_path)

    def plot_training_dashboard(
        self, recorder: Source, save_path: PathLike | None = None, figsize: Size = (20, 12)
    ) -> Figure:
        """Losses, metrics and learning rate; summary, best epoch and stability as text."""
        from tachograph.plots.figures.dashboard import draw_dashboard

        with opened(recorder) as runs:
            figure = draw_dashboard(only_one(runs), self._theme, figsize)
        return _given(figure, save_path)

    def plot_advanced_metrics(
        self, recorder: Source, save_path: PathLike | None = None, figsize: Size = (15, 10)
    ) -> Figure:
        """Metrics, gradient norm, memory, convergence, and validation less training loss."""
        from tachograph.plots.figures.advanced import draw_advanced

        with opened(recorder) as runs:
            figure = draw_advanced(only_one(runs), self._theme, figsize)
        return _given(figure, save_path)

    def plot_monitoring(
        self,
        history: WatchedSource,
        save_path: PathLike | None = None,
        figsize: Size = (20, 15),
    ) -> Figure:
        """Nine panels of a watched training, over its epochs.

        Loss, accuracy, gradient norms; accuracy of each class, confidence, precision and recall of
        each class; confusion, weights, learning rate and weight change. What was not recorded says
        so, what is missing of it is a gap. The star is the best epoch of the validation: that with
        the highest accuracy.

        Args:
            history: A history as `tachograph.monitor.read_history` returns it, the path of its
                file, or a source.
            save_path: Where to write it.
            figsize: Inches.

        Raises:
            RecordFormatError: A file is no history.
        """
        from tachograph.overview.watched_source import opened_epochs
        from tachograph.plots.figures.monitoring import draw_monitoring

        with opened_epochs(history) as epochs:
            figure = draw_monitoring(epochs, self._theme, figsize)
        return _given(figure, save_path)

    def plot_experiment_comparison(
        self, recorders: Sources, save_path: PathLike | None = None, figsize: Size = (15, 10)
    ) -> Figure:
        """Losses, best loss, convergence and time of any number of runs.

        Runs of one name are told apart by a number before it.
        """
        from tachograph.plots.figures.comparison import draw_comparison

        with opened(recorders) as runs:
            figure = draw_comparison(runs, self._theme, figsize)
        return _given(figure, save_path)

    def plot_metric_evolution(
        self,
        recorder: Sources,
        metrics: Sequence[str] = ("mae", "mse", "rmse", "r2"),
        save_path: PathLike | None = None,
        figsize: Size = (15, 10),
    ) -> Figure:
        """Chosen metrics of the epochs, a panel each; one that was not recorded says so.

        Args:
            recorder: A source, or several.
            metrics: Names without their split, at least one.
            save_path: Where to write it.
            figsize: Inches; more where the panels are so many that they had no room.
        """
        from tachograph.plots.figures.evolution import draw_evolution

        names = names_given(metrics)
        with opened(recorder) as runs:
            figure = draw_evolution(at_least_one(runs), names, self._theme, figsize)
        return _given(figure, save_path)

    def plot_metrics(
        self,
        recorder: Sources,
        metrics: Sequence[str] | str | None = None,
        save_path: PathLike | None = None,
        figsize: Size | None = None,
        *,
        axis: Axis | None = None,
        smoothing: float = 0.6,
        log: bool | Sequence[str] = False,
    ) -> Figure:
        """Metrics of the steps or of the epochs, a panel each, runs over each other.

        A curve of many points has a band between its lowest and highest values, the curve itself,
        paler, and over it the smoothed one.

        Args:
            recorder: A source, or several.
            metrics: Names as `Run.history` takes them; None for all of the steps, or of the epochs
                where there are no steps: the first 30, and the heading says of how many.
            save_path: Where to write it.
            figsize: Inches; None for what the panels need.
            axis: ``"step"``, ``"epoch"`` or ``"wall_time"``; None for the table's own.
            smoothing: TensorBoard's weight, from 0 (none) to below 1.
            log: Names whose values get a logarithmic axis, or True for all; a gradient norm has
                one anyway.

        Raises:
            UnknownMetricError: No run has one of the metrics, or of those of `log`; the message
                lists near names.
        """
        from tachograph.plots.figures.metrics import draw_metrics

        names = None if metrics is None else names_given(metrics)
        weight = fraction(smoothing, "smoothing", takes_low=True)
        with opened(recorder) as runs:
            figure = draw_metrics(
                at_least_one(runs),
                names,
                self._theme,
                figsize,
                axis=axis,
                smoothing=weight,
                log=log if isinstance(log, bool) else names_given(log, "log", may_be_none=True),
            )
        return _given(figure, save_path)

    def plot_step_dashboard(
        self,
        recorder: Source,
        save_path: PathLike | None = None,
        figsize: Size = (18, 10),
        *,
        axis: Axis | None = None,
        smoothing: float = 0.6,
    ) -> Figure:
        """Loss, learning rate of each group, gradient norm, memory and throughput by step.

        Which metric is which is told by its name: see `tachograph.plots.names`. What no step has
        is taken from the epochs; throughput is then steps a second by the clock of the rows.

        Args:
            recorder: A source.
            save_path: Where to write it.
            figsize: Inches.
            axis: ``"step"``, ``"epoch"`` or ``"wall_time"``.
            smoothing: TensorBoard's weight, from 0 (none) to below 1.
        """
        from tachograph.plots.figures.steps import draw_steps

        weight = fraction(smoothing, "smoothing", takes_low=True)
        with opened(recorder) as runs:
            figure = draw_steps(only_one(runs), self._theme, figsize, axis=axis, smoothing=weight)
        return _given(figure, save_path)

    def plot_classification(
        self,
        recorder: Source,
        metric: str = "confusion_matrix",
        save_path: PathLike | None = None,
        figsize: Size = (16, 9),
        *,
        split: Split = "val",
        class_names: Sequence[str] | None = None,
    ) -> Figure:
        """Confusion matrices over the epochs; precision and recall of each class.

        Args:
            recorder: A source.
            metric: An epochs' metric that holds counts, k x k: rows are the true classes, columns
                the predicted ones.
            save_path: Where to write it.
            figsize: Inches.
            split: ``"train"`` or ``"val"``: whose metric it is.
            class_names: k names; numbers if not given.

        Raises:
            InvalidArgumentError: There are not as many names as classes.
        """
        from tachograph.plots.figures.classification import draw_classification

        with opened(recorder) as runs:
            figure = draw_classification(
                only_one(runs),
                self._theme,
                figsize,
                metric=metric,
                split="train" if one_of(split, "split", ("train", "val")) == "train" else "val",
                class_names=class_names,
            )
        return _given(figure, save_path)

    def plot_predictions(
        self,
        predictions: Any,
        targets: Any,
        save_path: PathLike | None = None,
        figsize: Size = (15, 12),
        *,
        feature_names: Sequence[str] | None = None,
    ) -> Figure:
        """Predictions as series beside the truth, as a scatter, and the error of each feature.

        Args:
            predictions: Real numbers, one dimension, or rows by features; an epoch's
                ``sample_predictions`` holds such arrays.
            targets: What was to be predicted, of the same shape.
            save_path: Where to write it.
            figsize: Inches.
            feature_names: One for each feature; numbers if not given.

        Raises:
            ArgumentTypeError: Something is no array of real numbers.
            InvalidArgumentError: Shapes or names do not fit.
        """
        from tachograph.plots.figures.predictions import draw_predictions

        figure = draw_predictions(
            predictions, targets, self._theme, figsize, feature_names=feature_names
        )
        return _given(figure, save_path)

    def create_training_report(
        self,
        recorder: Source,
        output_dir: PathLike,
        include_all: bool = True,  # noqa: FBT001, FBT002 -- existing programs pass it by position
    ) -> list[Path]:
        """Writes a run's figures and its summary as text.

        Args:
            recorder: A source.
            output_dir: The folder; made if it is not there.
            include_all: Whether to draw all figures; else the basic curves and the dashboard.

        Returns:
            What was written: ``basic_training_curves.png``, ``training_dashboard.png``, with
            `include_all` ``advanced_metrics.png`` and ``metric_evolution.png``, and
            ``training_summary.txt``.
        """
        from tachograph.plots.figures.report import write_report

        with opened(recorder) as runs:
            return write_report(only_one(runs), self._theme, output_dir, include_all=include_all)


def plot_training_curves(recorder: Sources, path: PathLike | None = None) -> Figure:
    """The basic curves of a run in the default look; what `recorder.plot_training_curves` calls."""
    return TrainingVisualizer().plot_basic_training_curves(recorder, path)


def _given(figure: RunFigure, save_path: PathLike | None) -> Figure:
    if save_path is not None:
        from tachograph.plots.canvas import save_figure

        save_figure(figure, save_path)
    return figure
