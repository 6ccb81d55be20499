"""The curves of a training that is known by its lists: loss, metric, learning rate, gradient."""

from __future__ import annotations

from typing import Any

import numpy as np

from tachograph.plots.canvas import RunFigure, new_figure
from tachograph.plots.listed_epochs import ListedEpochs
from tachograph.plots.panels.field import draw_field
from tachograph.plots.panels.frame import logarithmic
from tachograph.plots.panels.losses import draw_losses, draw_metric
from tachograph.plots.theme import Theme

__all__ = ["draw_training_history"]


def draw_training_history(epochs: ListedEpochs, theme: Theme, figsize: Any) -> RunFigure:
    """Four panels, by epoch from 1; rates that are all above zero have a logarithmic axis."""
    figure, (loss, metric, rate, norm) = new_figure(theme, figsize, (2, 2))
    with figure.styled():
        draw_losses(loss, [epochs], theme)
        draw_metric(metric, [epochs], "Metric", theme)
        draw_field(rate, [epochs], "learning_rate", theme)
        rates = epochs.curve("learning_rate")
        if rates is not None and np.all(rates.y > 0):
            logarithmic(rate)
        draw_field(norm, [epochs], "gradient_norm", theme)
        figure.suptitle("Training curves", x=0.01, ha="left")
    return figure
