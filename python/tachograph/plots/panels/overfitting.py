"""The distance of validation from training."""

from __future__ import annotations

from typing import Final

import numpy as np
from matplotlib.axes import Axes

from tachograph.curves import Curve
from tachograph.plots.history import History, paired
from tachograph.plots.lines import draw_curve
from tachograph.plots.panels.frame import say, set_up
from tachograph.plots.theme import Theme

__all__ = ["draw_overfitting"]

_TITLE: Final = "Generalisation gap"


def draw_overfitting(axes: Axes, history: History, theme: Theme) -> None:
    """Validation less training loss, at the epochs that have both."""
    losses = history.losses()
    if len(losses) < len(("train", "val")):
        say(axes, _TITLE, "no validation loss recorded", theme)
        return
    labels, gap = paired(losses["train"], losses["val"])
    if not np.isfinite(gap).any():
        say(axes, _TITLE, "no epoch has both losses", theme)
        return
    difference = Curve("gap", "epoch", labels, gap)
    axes.axhline(0.0, color=theme.roles.muted, linewidth=1.0)
    line = draw_curve(axes, difference, label="Validation - training", color=theme.roles.other)
    x = np.asarray(line.get_xdata(), dtype=np.float64)
    y = np.asarray(line.get_ydata(), dtype=np.float64)
    above, below = theme.roles.validation, theme.roles.train
    axes.fill_between(x, 0, np.maximum(y, 0), color=above, alpha=0.15, linewidth=0)
    axes.fill_between(x, 0, np.minimum(y, 0), color=below, alpha=0.15, linewidth=0)
    set_up(axes, _TITLE, "Validation - training loss")
