"""The dashboard of a watched training: nine panels over its epochs."""

from __future__ import annotations

import math
from typing import Any, Final

from tachograph.overview.monitored_epochs import MonitoredEpochs
from tachograph.overview.wording import counted
from tachograph.plots.canvas import RunFigure, new_figure
from tachograph.plots.figures.sheet import head_and_foot
from tachograph.plots.history import Best
from tachograph.plots.monitored_history import MonitoredHistory
from tachograph.plots.panels.class_lines import draw_class_accuracy, draw_precision_recall
from tachograph.plots.panels.confidence import draw_confidence
from tachograph.plots.panels.confusion_bars import draw_confusion_bars
from tachograph.plots.panels.gradients import draw_gradients
from tachograph.plots.panels.losses import draw_losses, draw_metric
from tachograph.plots.panels.weights import draw_rate_and_change, draw_weights
from tachograph.plots.theme import Theme
from tachograph.plots.words import shown

__all__ = ["draw_monitoring"]

_TITLE: Final = "Monitoring"


def draw_monitoring(epochs: MonitoredEpochs, theme: Theme, figsize: Any) -> RunFigure:
    """Loss, accuracy, gradients; classes, confidence, precision; confusion, weights, rate."""
    history = MonitoredHistory(epochs)
    figure, panels = new_figure(theme, figsize, (3, 3))
    loss, accuracy, gradients, classes, confidence, precision, confusion, weights, rate = panels
    with figure.styled():
        draw_losses(loss, [history], theme)
        draw_metric(
            accuracy, [history], "acc", theme, title="Accuracy", best=_best_accuracy(history)
        )
        draw_gradients(gradients, epochs, theme)
        draw_class_accuracy(classes, epochs, theme)
        draw_confidence(confidence, epochs, theme)
        draw_precision_recall(precision, epochs, theme)
        draw_confusion_bars(confusion, epochs, theme)
        draw_weights(weights, epochs, theme)
        draw_rate_and_change(rate, epochs, theme)
        if epochs.run is not None:
            head_and_foot(figure, _TITLE, [epochs.run])
        else:
            name = f"{shown(epochs.name, 60)}  ·  " if epochs.name else ""
            figure.suptitle(f"{name}{_TITLE}", x=0.01, ha="left")
            n_epochs = counted(len(epochs.labels()), "epoch")
            figure.supxlabel(n_epochs, x=0.01, ha="left", color=theme.roles.muted)
    return figure


def _best_accuracy(history: MonitoredHistory) -> Best | None:
    """The best epoch of the validation, as a point of its accuracy."""
    best = history.best_epoch
    if best is None or best.acc is None or not math.isfinite(best.acc):
        return None
    return Best(best.epoch, best.acc, "val")
