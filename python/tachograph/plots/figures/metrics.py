"""Chosen metrics of one run or several, a panel each."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final

from tachograph.analysis.column_names import Table
from tachograph.curves import Axis, Curve, Record, broken_curve, curve, curve_names, is_given
from tachograph.plots.canvas import LARGEST_INCHES, RunFigure, new_figure
from tachograph.plots.figures.evolution import LEAST_INCHES, grid_shape
from tachograph.plots.figures.sheet import head_and_foot
from tachograph.plots.history import histories_of
from tachograph.plots.names import quantity_of
from tachograph.plots.panels.course import draw_course
from tachograph.plots.theme import Theme

__all__ = ["draw_metrics"]

_MOST_PANELS: Final = 30
_TABLES: Final[tuple[Table, ...]] = ("steps", "epochs")


class _Columns:
    """The runs of a figure, and which columns each has."""

    def __init__(self, runs: Sequence[Record]) -> None:
        self.runs = runs
        self.histories = histories_of(runs)
        self._names = [
            {table: dict.fromkeys(curve_names(run, table)) for table in _TABLES} for run in runs
        ]

    def all(self) -> list[str]:
        """The metrics of the steps of any run, or of the epochs where there are no steps."""
        for table in _TABLES:
            names = dict.fromkeys(name for known in self._names for name in known[table])
            if names:
                return [name for name in names if table == "steps" or self._is_given(name)]
        return []

    def curves(self, name: str, axis: Axis | None) -> list[tuple[str, Curve, int]]:
        """What each run has of a metric: its label, the curve and which of the runs it is."""
        found = [self._curve(index, name, axis) for index in range(len(self.runs))]
        return [
            (self.histories[index].name, one, index)
            for index, one in enumerate(found)
            if one is not None
        ]

    def check(self, name: str) -> None:
        """Looks whether any run has a metric.

        Raises:
            UnknownMetricError: None has it; the message lists near names.
        """
        if not any(name in names for known in self._names for names in known.values()):
            # Reading says so, with the names that there are.
            curve(self.runs[0], name, table="steps" if self._names[0]["steps"] else "epochs")

    def _is_given(self, name: str) -> bool:
        return any(history.curve(name) is not None for history in self.histories)

    def _curve(self, index: int, name: str, axis: Axis | None) -> Curve | None:
        """A run's curve; None where it lacks the column, or nobody said a value."""
        run, known = self.runs[index], self._names[index]
        table = next((table for table in _TABLES if name in known[table]), None)
        if table is None:
            return None
        if table == "epochs" and axis in {None, "epoch"}:
            return self.histories[index].curve(name)  # with its gaps
        found = broken_curve(run, name, table=table, axis=axis)
        # Gaps are no values that anybody gave.
        whole = curve(run, name, table=table) if table == "epochs" else found
        return found if is_given(whole, table) else None


def draw_metrics(
    runs: Sequence[Record],
    metrics: Sequence[str] | None,
    theme: Theme,
    figsize: Any,
    *,
    axis: Axis | None,
    smoothing: float,
    log: bool | Collection[str],
) -> RunFigure:
    """A panel a metric; a metric of the steps comes before one of the epochs of its name.

    Raises:
        UnknownMetricError: No run has one of the names; the message lists near names.
    """
    columns = _Columns(runs)
    known = list(metrics) if metrics is not None else columns.all()
    for name in (*known, *(() if isinstance(log, bool) else log)):
        columns.check(name)
    names = known if metrics is not None else known[:_MOST_PANELS]
    shape = grid_shape(len(names))
    size = _size(shape) if figsize is None else figsize
    figure, panels = new_figure(theme, size, shape, n_used=max(len(names), 1), least=LEAST_INCHES)
    with figure.styled():
        if not names:
            draw_course(panels[0], "Metrics", [], theme)
        for axes, name in zip(panels, names, strict=False):
            found = columns.curves(name, axis)
            curves = [entry for entry in found if entry[1].axis == _shared_axis(found, axis)]
            # Steps and epochs of one number are not one place.
            n_others = len(found) - len(curves)
            draw_course(
                axes,
                name,
                [(label, found) for label, found, _ in curves],
                theme,
                smoothing=smoothing,
                is_logarithmic=_is_logarithmic(name, log),
                colors=_colors([index for _, _, index in curves], len(runs), theme),
                note=f" ({n_others} of {len(found)} by another axis)" if n_others else "",
            )
        is_part = len(names) < len(known)
        part = f" (first {len(names)} of {len(known):,})" if is_part else ""
        head_and_foot(figure, f"Metrics{part}", runs)
    return figure


def _shared_axis(found: Sequence[tuple[str, Curve, int]], axis: Axis | None) -> Axis | None:
    """The axis of a panel: the one asked for where a run has it, else the first run's."""
    axes = [one.axis for _, one, _ in found]
    return axis if axis in axes or not axes else axes[0]


def _is_logarithmic(name: str, log: bool | Collection[str]) -> bool:  # noqa: FBT001 - as given
    chosen = log if isinstance(log, bool) else name in log
    return chosen or quantity_of(name) == "gradient_norm"


def _colors(indices: Sequence[int], n_runs: int, theme: Theme) -> list[str]:
    if n_runs == 1:
        return [theme.roles.train for _ in indices]
    return [theme.color(index) for index in indices]


def _size(shape: tuple[int, int]) -> tuple[float, float]:
    """Inches for a grid of panels; not so wide that a page or a cell shows small text."""
    rows, columns = shape
    if columns == 1:
        return 10.0, 6.0
    return min(6.0 * columns, LARGEST_INCHES), min(max(4.4 * rows + 1.4, 5.0), LARGEST_INCHES)
