"""All metrics of the epochs in one panel."""

from __future__ import annotations

from typing import Final

from matplotlib.axes import Axes

from tachograph.plots.history import History
from tachograph.plots.lines import draw_curve
from tachograph.plots.panels.frame import legend, say, set_up
from tachograph.plots.theme import Theme
from tachograph.plots.words import labelled

__all__ = ["draw_all_metrics"]

_MOST: Final = 10


def draw_all_metrics(axes: Axes, history: History, theme: Theme) -> None:
    """Each metric in a colour of its own; validation dashed where training is there, too."""
    names = history.metrics()
    if not names:
        say(axes, "Metrics", "no metrics recorded", theme)
        return
    has_both = False
    for index, name in enumerate(names[:_MOST]):
        curves = history.metric(name)
        for split, curve in curves.items():
            is_second = split == "val" and "train" in curves
            has_both = has_both or is_second
            draw_curve(
                axes,
                curve,
                label="_validation" if is_second else labelled(name),
                color=theme.color(index),
                linestyle="--" if is_second else "-",
            )
    if has_both:
        axes.plot([], [], color=theme.roles.muted, linestyle="--", label="validation")
    more = len(names) - _MOST
    set_up(axes, "Metrics" if more <= 0 else f"Metrics (first {_MOST} of {len(names)})", "Value")
    legend(axes, theme)
