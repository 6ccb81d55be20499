"""How sure the model is of its predictions: mean confidence, and its spread."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
from matplotlib.axes import Axes

from tachograph.curves import Curve
from tachograph.overview.monitored_epochs import MonitoredEpochs
from tachograph.plots.lines import MOST_POINTS, alone, draw_curve
from tachograph.plots.panels.frame import legend, say, set_up
from tachograph.plots.theme import Theme

__all__ = ["draw_confidence"]

_TITLE: Final = "Confidence (validation)"
_BINS: Final = 400
_PALE: Final = 0.2


def draw_confidence(axes: Axes, epochs: MonitoredEpochs, theme: Theme) -> None:
    """The mean of the largest class probability, with one standard deviation on either side."""
    mean = epochs.curve("val", "confidence_mean")
    if mean is None:
        say(axes, _TITLE, "no confidence recorded", theme)
        return
    color = theme.roles.validation
    std = epochs.curve("val", "confidence_std")
    if std is not None:
        _draw_band(axes, mean, std, color)
    draw_curve(axes, mean, label="Mean", color=color)
    axes.set_ylim(0.0, 1.03)
    set_up(axes, _TITLE, "Confidence")
    legend(axes, theme)


def _draw_band(axes: Axes, mean: Curve, std: Curve, color: str) -> None:
    """Between which bounds a standard deviation leads; a bar where an epoch stands alone."""
    # Confidences are probabilities: what is beyond their ends is not drawn.
    low, high = (np.clip(mean.y + side * std.y, 0.0, 1.0) for side in (-1, 1))
    x = mean.x
    if len(mean) > MOST_POINTS:
        band = replace(mean, y=low).band(_BINS)
        x, low, high = band.x, band.low, replace(mean, y=high).band(_BINS).high
    label = "± 1 std"
    axes.fill_between(x, low, high, color=color, alpha=_PALE, linewidth=0, label=label)
    lonely = alone(high - low)
    if len(lonely):
        axes.vlines(x[lonely], low[lonely], high[lonely], color=color, alpha=2 * _PALE, linewidth=6)
