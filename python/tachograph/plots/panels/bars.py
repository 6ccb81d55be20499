"""One value of each run as a horizontal bar."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes

from tachograph.plots.bounds import within
from tachograph.plots.panels.frame import say
from tachograph.plots.theme import Theme
from tachograph.plots.ticks import set_linear

__all__ = ["draw_bars"]

_MOST_NAMED = 24


def draw_bars(
    axes: Axes,
    title: str,
    bars: Sequence[tuple[str, float | None, str]],
    theme: Theme,
    *,
    x_label: str,
    color: str | None = None,
) -> None:
    """A bar each; what is not there has no length and says so.

    Args:
        axes: Where.
        title: Above it.
        bars: For each its name, its value or None, and the value as text.
        theme: The look.
        x_label: What the length is.
        color: Of all bars; each has its own if not given.
    """
    if not bars:
        say(axes, title, "no runs", theme)
        return
    values = [
        float(within(value)) if value is not None and math.isfinite(value) else 0.0
        for _, value, _ in bars
    ]
    colors = [color or theme.color(index) for index in range(len(bars))]
    drawn = axes.barh(range(len(bars)), values, color=colors, height=0.62)
    axes.set_title(title)
    axes.set_xlabel(x_label)
    axes.set_yticks([])
    if len(bars) <= _MOST_NAMED:
        axes.set_yticks(range(len(bars)), [name for name, _, _ in bars])
        axes.bar_label(drawn, labels=[text for _, _, text in bars], padding=4, bbox=_beneath(theme))
    axes.invert_yaxis()
    _leave_room(axes, values, max(len(text) for _, _, text in bars))
    axes.axvline(0.0, color=theme.roles.muted, linewidth=1.0)
    set_linear(axes.xaxis, 5)
    axes.grid(visible=False, axis="y")
    axes.grid(visible=True, axis="x")


def _leave_room(axes: Axes, values: Sequence[float], n_chars: int) -> None:
    """Makes the axis so long that the text behind the longest bar fits."""
    low, high = min(*values, 0.0), max(*values, 0.0)
    if low == high:
        axes.set_xlim(0.0, 1.0)
        return
    share = min(0.055 + 0.0175 * n_chars, 0.7)
    room = (high - low) * share / (1 - share)
    axes.set_xlim(low - (room if low < 0 else 0.0), high + (room if high > 0 else 0.0))


def _beneath(theme: Theme) -> dict[str, Any]:
    """What lies behind a label, so that no grid line runs through it."""
    return {"facecolor": theme.surface, "edgecolor": "none", "pad": 1.5}
