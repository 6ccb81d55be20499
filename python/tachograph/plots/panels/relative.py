"""The losses of several runs, each by its own first one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from matplotlib.axes import Axes

from tachograph.curves import Curve
from tachograph.plots.history import History
from tachograph.plots.lines import draw_curve
from tachograph.plots.panels.frame import say, set_up
from tachograph.plots.theme import Theme

__all__ = ["draw_relative", "relative_to_first"]

_TITLE: Final = "Convergence"


def relative_to_first(curve: Curve) -> Curve:
    """The curve such that it begins at 1: loss by first loss.

    Of a first value that is not positive the distance from it counts, by the largest there is.
    """
    finite = curve.y[np.isfinite(curve.y)]
    if not len(finite):
        return curve
    first = finite[0]
    with np.errstate(over="ignore", invalid="ignore"):
        if first > 0:
            return replace(curve, y=curve.y / first)
        distance = curve.y - first
        largest = np.max(np.abs(finite - first))
        return replace(curve, y=1 + distance / (largest or 1.0))


def draw_relative(axes: Axes, histories: Sequence[History], theme: Theme) -> None:
    """Training losses, each relative to its first value, in the colours of the losses' panel."""
    curves = [history.curve("train_loss") for history in histories]
    if all(curve is None for curve in curves):
        say(axes, _TITLE, "no losses recorded", theme)
        return
    for index, (history, curve) in enumerate(zip(histories, curves, strict=True)):
        if curve is not None:
            relative = relative_to_first(curve)
            draw_curve(
                axes,
                relative,
                label=history.name,
                color=theme.color(index),
                linestyle=theme.dashes(index),
            )
    set_up(axes, _TITLE, "Training loss / first")
