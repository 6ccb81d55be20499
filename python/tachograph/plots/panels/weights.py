"""The weights after each epoch, and how far the epoch has moved them, beside the learning rate."""

from __future__ import annotations

from typing import Final

import numpy as np
from matplotlib.axes import Axes

from tachograph.curves import Curve
from tachograph.overview.monitored_epochs import MonitoredEpochs
from tachograph.plots.lines import draw_curve
from tachograph.plots.panels.frame import legend, logarithmic, say, set_up
from tachograph.plots.theme import Theme
from tachograph.plots.ticks import set_linear

__all__ = ["draw_rate_and_change", "draw_weights"]

_WEIGHTS: Final = (
    ("weight_max_after", "Max (absolute)"),
    ("weight_std_after", "Std"),
    ("weight_mean_after", "Mean"),
)
_CHANGES: Final = (
    ("weight_change", "Mean weight change", "-"),
    ("weight_change_l2", "L2 change, relative", "--"),
)
# A rate that varies by less is read better on a linear axis.
_WIDE: Final = 10.0


def draw_weights(axes: Axes, epochs: MonitoredEpochs, theme: Theme) -> None:
    """Mean, standard deviation and largest magnitude, which are orders of magnitude apart."""
    title = "Weights"
    found = [(label, epochs.curve("train", name)) for name, label in _WEIGHTS]
    if all(curve is None for _, curve in found):
        say(axes, title, "no weight statistics recorded", theme)
        return
    for index, (label, curve) in enumerate(found):
        if curve is not None:
            draw_curve(axes, curve, label=label, color=theme.color(index))
    logarithmic(axes)
    set_up(axes, title, "Weight")
    legend(axes, theme)


def draw_rate_and_change(axes: Axes, epochs: MonitoredEpochs, theme: Theme) -> None:
    """The learning rate on the left, the change of the weights on an axis of its own on the right.

    Either axis is logarithmic where what it shows spans more than one power of ten.
    """
    title = "Learning rate, weight change"
    rate = epochs.curve("train", "lr")
    changes = [(label, epochs.curve("train", name), dash) for name, label, dash in _CHANGES]
    known = [(label, curve, dash) for label, curve, dash in changes if curve is not None]
    if rate is None and not known:
        say(axes, title, "no learning rate, no weight change recorded", theme)
        return
    if rate is None:
        _draw_changes(axes, known, theme)
    else:
        draw_curve(axes, rate, label="Learning rate", color=theme.roles.other)
        _scale(axes, [rate])
        if known:
            right = axes.twinx()
            right.grid(visible=False)
            right.tick_params(axis="y", labelcolor=theme.roles.validation)
            axes.tick_params(axis="y", labelcolor=theme.roles.other)
            _draw_changes(right, known, theme)
            if right.get_yscale() == "linear":
                set_linear(right.yaxis)
            for line in right.get_lines():
                # The legend is that of the axes on the left.
                label, dash = f"{line.get_label()} (right)", line.get_linestyle()
                axes.plot([], [], color=line.get_color(), linestyle=dash, label=label)
    set_up(axes, title, "Weight change" if rate is None else "Learning rate")
    legend(axes, theme)


def _draw_changes(axes: Axes, known: list[tuple[str, Curve, str]], theme: Theme) -> None:
    for label, curve, dash in known:
        draw_curve(axes, curve, label=label, color=theme.roles.validation, linestyle=dash)
    _scale(axes, [curve for _, curve, _ in known])
    axes.set_ylabel("Weight change")


def _scale(axes: Axes, curves: list[Curve]) -> None:
    """Makes the axis logarithmic where its values span much."""
    values = np.abs(np.concatenate([curve.y for curve in curves]))
    positive = values[np.isfinite(values) & (values > 0)]
    if len(positive) and float(positive.max()) > _WIDE * float(positive.min()):
        logarithmic(axes)
