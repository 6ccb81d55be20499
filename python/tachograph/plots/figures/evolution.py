"""Chosen metrics over the epochs, a panel each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

from tachograph.curves import Record
from tachograph.plots.canvas import RunFigure, new_figure
from tachograph.plots.figures.sheet import head_and_foot
from tachograph.plots.history import histories_of
from tachograph.plots.panels.losses import draw_metric
from tachograph.plots.theme import Theme

__all__ = ["LEAST_INCHES", "draw_evolution", "grid_shape"]

LEAST_INCHES: Final = (2.4, 2.4)
"""In which a panel, with its title and its ticks, has room for a curve."""

_WIDE: Final = 2
_WIDER: Final = 3
_MANY: Final = 6
_MOST_ROWS: Final = 80


def grid_shape(n_panels: int) -> tuple[int, int]:
    """Rows and columns for so many panels."""
    columns = 1 if n_panels <= 1 else _WIDE if n_panels <= _WIDE * 2 else _WIDER
    if n_panels > _WIDER * _MANY:
        columns = max(_MANY, math.ceil(n_panels / _MOST_ROWS))
    return max(1, math.ceil(n_panels / columns)), columns


def draw_evolution(
    runs: Sequence[Record],
    metrics: Sequence[str],
    theme: Theme,
    figsize: Any,
    *,
    n_all: int | None = None,
) -> RunFigure:
    """One panel for each metric, those without data included.

    Args:
        runs: Whose.
        metrics: Which.
        theme: The look.
        figsize: Inches.
        n_all: Of how many metrics these are the first; the heading says so.
    """
    histories = histories_of(runs)
    shape = grid_shape(len(metrics))
    figure, panels = new_figure(theme, figsize, shape, n_used=len(metrics), least=LEAST_INCHES)
    with figure.styled():
        for axes, name in zip(panels, metrics, strict=True):
            draw_metric(axes, histories, name, theme)
        is_part = n_all is not None and n_all > len(metrics)
        part = f" (first {len(metrics)} of {n_all:,})" if is_part else ""
        head_and_foot(figure, f"Metric evolution{part}", runs)
    return figure
