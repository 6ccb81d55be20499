"""Several runs side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from tachograph.curves import Record
from tachograph.overview.wording import duration
from tachograph.plots.canvas import RunFigure, new_figure
from tachograph.plots.figures.sheet import head_and_foot
from tachograph.plots.history import History, histories_of
from tachograph.plots.panels.bars import Bar, draw_columns
from tachograph.plots.panels.losses import draw_losses
from tachograph.plots.panels.relative import draw_relative
from tachograph.plots.theme import Theme
from tachograph.plots.words import number

__all__ = ["draw_comparison"]

_MOST_ROWS: Final = 3  # of names above the losses; the bars have them all


def draw_comparison(runs: Sequence[Record], theme: Theme, figsize: Any) -> RunFigure:
    """Four panels: losses, best loss, convergence from the first loss, time."""
    histories = histories_of(runs)
    figure, (losses, best, convergence, time) = new_figure(theme, figsize, (2, 2))
    with figure.styled():
        draw_losses(losses, histories, theme, most_rows=_MOST_ROWS)
        bests, times = [_best(one) for one in histories], [_time(one) for one in histories]
        draw_columns(best, "Best loss", bests, theme, y_label="Loss", absent="no runs")
        draw_relative(convergence, histories, theme)
        label = "Sum of epoch times (s)"
        draw_columns(time, "Training time", times, theme, y_label=label, absent="no runs")
        head_and_foot(figure, "Comparison", runs)
    return figure


def _best(history: History) -> Bar:
    best = history.best
    if best is None:
        return history.name, None, ("no loss",)
    words = "" if best.split == "val" else " (training)"
    return history.name, best.loss, (f"{number(best.loss)}{words}", f"epoch {best.epoch}")


def _time(history: History) -> Bar:
    times = history.curve("epoch_time")
    if times is None:
        return history.name, None, ("no times",)
    known = times.y[np.isfinite(times.y)]
    with np.errstate(over="ignore"):
        total = float(known.sum())
    each = f"{duration(total / len(history))} an epoch"
    return history.name, total, (duration(total), each)
