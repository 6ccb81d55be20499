"""The basic curves: loss, one metric, learning rate, time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tachograph.curves import Record
from tachograph.plots.canvas import RunFigure, new_figure
from tachograph.plots.figures.sheet import head_and_foot
from tachograph.plots.history import histories_of, telling_first
from tachograph.plots.panels.field import draw_field
from tachograph.plots.panels.frame import say
from tachograph.plots.panels.losses import draw_losses, draw_metric
from tachograph.plots.theme import Theme

__all__ = ["draw_basic"]


def draw_basic(runs: Sequence[Record], theme: Theme, figsize: Any) -> RunFigure:
    """Four panels; the metric is `mae` where a run has it, or the first there is."""
    histories = histories_of(runs)
    figure, (loss, metric, rate, time) = new_figure(theme, figsize, (2, 2))
    names = telling_first(name for history in histories for name in history.metrics())
    with figure.styled():
        draw_losses(loss, histories, theme)
        if names:
            draw_metric(metric, histories, names[0], theme)
        else:
            say(metric, "Metric", "no metrics recorded", theme)
        draw_field(rate, histories, "learning_rate", theme)
        draw_field(time, histories, "epoch_time", theme)
        head_and_foot(figure, "Training curves", runs)
    return figure
