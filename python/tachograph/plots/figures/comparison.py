"""Several runs side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tachograph.curves import Record
from tachograph.overview.wording import duration
from tachograph.plots.canvas import RunFigure, new_figure
from tachograph.plots.figures.sheet import head_and_foot
from tachograph.plots.history import History, histories_of
from tachograph.plots.panels.bars import draw_bars
from tachograph.plots.panels.losses import draw_losses
from tachograph.plots.panels.relative import draw_relative
from tachograph.plots.theme import Theme
from tachograph.plots.words import number

__all__ = ["draw_comparison"]


def draw_comparison(runs: Sequence[Record], theme: Theme, figsize: Any) -> RunFigure:
    """Four panels: losses, best loss, convergence from the first loss, time."""
    histories = histories_of(runs)
    figure, (losses, best, convergence, time) = new_figure(theme, figsize, (2, 2))
    with figure.styled():
        draw_losses(losses, histories, theme)
        draw_bars(best, "Best loss", [_best(one) for one in histories], theme, x_label="Loss")
        draw_relative(convergence, histories, theme)
        times = [_time(one) for one in histories]
        draw_bars(time, "Training time", times, theme, x_label="Sum of epoch times (s)")
        head_and_foot(figure, "Comparison", runs)
    return figure


def _best(history: History) -> tuple[str, float | None, str]:
    best = history.best
    if best is None:
        return history.name, None, "no loss"
    words = "" if best.split == "val" else " (training)"
    return history.name, best.loss, f"{number(best.loss)}{words}, epoch {best.epoch}"


def _time(history: History) -> tuple[str, float | None, str]:
    times = history.curve("epoch_time")
    if times is None:
        return history.name, None, "no times"
    known = times.y[np.isfinite(times.y)]
    with np.errstate(over="ignore"):
        total = float(known.sum())
    return history.name, total, f"{duration(total)}, {duration(total / len(history))} an epoch"
