"""How the training loss falls: as recorded, its moving average, and its trend."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
from matplotlib.axes import Axes

from tachograph.analysis import rolling, trend
from tachograph.curves import Curve
from tachograph.plots.history import History
from tachograph.plots.lines import draw_curve
from tachograph.plots.panels.frame import legend, say, set_up
from tachograph.plots.theme import Theme
from tachograph.plots.words import number

__all__ = ["draw_convergence"]

_LEAST: Final = 2
_WINDOWS: Final = 10
_TITLE: Final = "Convergence"


def draw_convergence(axes: Axes, history: History, theme: Theme) -> None:
    """The training loss, its mean over a tenth of the epochs, and its least-squares line.

    The trend is the slope of that line, loss an epoch.
    """
    loss = history.curve("train_loss")
    if loss is None or np.count_nonzero(np.isfinite(loss.y)) < _LEAST:
        say(axes, _TITLE, "needs two losses at least", theme)
        return
    window = min(max(len(loss) // _WINDOWS, _LEAST), 1000)
    half = window // 2
    centred = rolling(loss.y, window=window)[half:]
    mean = replace(loss, x=loss.x[: len(centred)], y=centred)
    roles = theme.roles
    draw_curve(axes, loss, label="Training", color=roles.train, alpha=0.4)
    draw_curve(axes, mean, label=f"Mean of {window}", color=roles.train, marker="")
    line = trend(loss.y, loss.x)
    if np.isfinite(line.slope):
        ends = np.array([loss.x[0], loss.x[-1]])
        y = line.intercept + line.slope * ends
        label = f"Trend: {number(line.slope, 2)}"
        draw_curve(
            axes,
            Curve("trend", "epoch", ends, y),
            label=label,
            color=roles.muted,
            linestyle="--",
            marker="",
        )
    set_up(axes, _TITLE, "Loss")
    legend(axes, theme)
