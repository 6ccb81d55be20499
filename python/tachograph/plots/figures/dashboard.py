"""The dashboard: curves and what they come to, on one page."""

from __future__ import annotations

from typing import Any, Final

from tachograph.curves import Record
from tachograph.plots.canvas import RunFigure, new_figure
from tachograph.plots.facts import best_facts, stability_facts, summary_facts
from tachograph.plots.figures.sheet import head_and_foot
from tachograph.plots.history import History
from tachograph.plots.panels.all_metrics import draw_all_metrics
from tachograph.plots.panels.facts import draw_facts
from tachograph.plots.panels.field import draw_field
from tachograph.plots.panels.losses import draw_losses
from tachograph.plots.theme import Theme

__all__ = ["draw_dashboard"]

_LEAST_ROWS: Final = 6


def draw_dashboard(run: Record, theme: Theme, figsize: Any) -> RunFigure:
    """Six panels: losses, metrics, learning rate; summary, best epoch, stability."""
    history = History(run)
    figure, panels = new_figure(theme, figsize, (2, 3))
    loss, metrics, rate, summary, best, stability = panels
    with figure.styled():
        draw_losses(loss, [history], theme)
        draw_all_metrics(metrics, history, theme)
        draw_field(rate, [history], "learning_rate", theme)
        tables = {
            "Summary": (summary, summary_facts(run)),
            "Best epoch": (best, best_facts(run)),
            "Stability": (stability, stability_facts(run)),
        }
        n_rows = max(len(facts) for _, facts in tables.values())
        for title, (axes, facts) in tables.items():
            draw_facts(axes, title, facts, theme, n_rows=max(n_rows, _LEAST_ROWS))
        head_and_foot(figure, "Dashboard", [run])
    return figure
