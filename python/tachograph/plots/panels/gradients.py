"""The gradient norms of each epoch: their mean and the largest."""

from __future__ import annotations

from typing import Final

from matplotlib.axes import Axes

from tachograph.overview.monitored_epochs import MonitoredEpochs
from tachograph.plots.lines import draw_curve
from tachograph.plots.panels.frame import legend, logarithmic, say, set_up
from tachograph.plots.theme import Theme

__all__ = ["draw_gradients"]

_TITLE: Final = "Gradient norms"


def draw_gradients(axes: Axes, epochs: MonitoredEpochs, theme: Theme) -> None:
    """Mean and maximum over the batches of each epoch, on a logarithmic axis."""
    mean = epochs.curve("train", "grad_norm_mean")
    largest = epochs.curve("train", "grad_norm_max")
    if mean is None and largest is None:
        say(axes, _TITLE, "no gradient norms recorded", theme)
        return
    if mean is not None:
        draw_curve(axes, mean, label="Mean", color=theme.roles.other)
    if largest is not None:
        draw_curve(axes, largest, label="Max", color=theme.roles.warning, linestyle="--")
    logarithmic(axes)
    set_up(axes, _TITLE, "Gradient norm")
    legend(axes, theme)
