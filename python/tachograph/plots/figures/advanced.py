"""Beyond the losses: gradients, memory, convergence, overfitting."""

from __future__ import annotations

from typing import Any

from tachograph.curves import Record
from tachograph.plots.canvas import RunFigure, new_mosaic
from tachograph.plots.figures.sheet import head_and_foot
from tachograph.plots.history import History
from tachograph.plots.panels.all_metrics import draw_all_metrics
from tachograph.plots.panels.convergence import draw_convergence
from tachograph.plots.panels.field import draw_field
from tachograph.plots.panels.overfitting import draw_overfitting
from tachograph.plots.theme import Theme

__all__ = ["draw_advanced"]


def draw_advanced(run: Record, theme: Theme, figsize: Any) -> RunFigure:
    """Five panels: all metrics, gradient norm, memory, convergence, validation less training."""
    history = History(run)
    figure, panels = new_mosaic(
        theme,
        figsize,
        [
            ["metrics", "metrics", "metrics", "norm", "norm", "norm"],
            ["memory", "memory", "convergence", "convergence", "gap", "gap"],
        ],
    )
    with figure.styled():
        draw_all_metrics(panels["metrics"], history, theme)
        draw_field(panels["norm"], [history], "gradient_norm", theme)
        draw_field(panels["memory"], [history], "memory_usage", theme)
        draw_convergence(panels["convergence"], history, theme)
        draw_overfitting(panels["gap"], history, theme)
        head_and_foot(figure, "Advanced metrics", [run])
    return figure
