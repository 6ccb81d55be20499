"""Chosen metrics of one run or several, a panel each."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final

from tachograph.curves import Axis, Curve, Record, curve, curve_names
from tachograph.plots.canvas import LARGEST_INCHES, RunFigure, new_figure
from tachograph.plots.figures.evolution import LEAST_INCHES, grid_shape
from tachograph.plots.figures.sheet import head_and_foot
from tachograph.plots.history import History, histories_of
from tachograph.plots.names import quantity_of
from tachograph.plots.panels.course import draw_course
from tachograph.plots.theme import Theme

__all__ = ["draw_metrics", "table_of"]

_MOST_PANELS: Final = 30
_TABLES: Final = ("steps", "epochs")


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
        UnknownMetricError: No run has one of the metrics; the message lists near names.
    """
    known = list(metrics) if metrics is not None else _all(runs)
    names = known if metrics is not None else known[:_MOST_PANELS]
    shape = grid_shape(len(names))
    size = _size(shape) if figsize is None else figsize
    figure, panels = new_figure(theme, size, shape, n_used=max(len(names), 1), least=LEAST_INCHES)
    histories = histories_of(runs)
    with figure.styled():
        if not names:
            draw_course(panels[0], "Metrics", [], theme)
        for axes, name in zip(panels, names, strict=False):
            found = [
                (history.name, one, index)
                for index, history in enumerate(histories)
                if (one := _curve(history, name, runs, axis)) is not None
            ]
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


def table_of(run: Record, name: str) -> str | None:
    """The table that has a metric; the steps first."""
    return next((table for table in _TABLES if name in curve_names(run, table)), None)


def _curve(history: History, name: str, runs: Sequence[Record], axis: Axis | None) -> Curve | None:
    run = history.run
    table = table_of(run, name)
    if table == "epochs" and axis in {None, "epoch"} and (broken := history.curve(name)):
        return broken
    if table is not None:
        return curve(run, name, table=table, axis=axis)
    if any(table_of(other, name) for other in runs):
        return None
    # No run has it: reading says so, with the names that there are.
    return curve(run, name, table="steps" if curve_names(run, "steps") else "epochs")


def _all(runs: Sequence[Record]) -> list[str]:
    """The metrics of the steps of any run, or of the epochs where there are no steps."""
    for table in _TABLES:
        names = dict.fromkeys(name for run in runs for name in curve_names(run, table))
        if names:
            return list(names)
    return []


def _colors(indices: Sequence[int], n_runs: int, theme: Theme) -> list[str]:
    if n_runs == 1:
        return [theme.roles.train for _ in indices]
    return [theme.color(index) for index in indices]


def _size(shape: tuple[int, int]) -> tuple[float, float]:
    """Inches for a grid of panels."""
    rows, columns = shape
    if columns == 1:
        return 10.0, 6.0
    return min(7.5 * columns, LARGEST_INCHES), min(max(4.2 * rows + 1.2, 5.0), LARGEST_INCHES)
