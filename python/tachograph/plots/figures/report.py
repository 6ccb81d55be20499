"""A folder with a run's figures and its summary as text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tachograph.curves import Record
from tachograph.export.target import checked_path, writing
from tachograph.plots.canvas import RunFigure, save_figure
from tachograph.plots.figures.advanced import draw_advanced
from tachograph.plots.figures.basic import draw_basic
from tachograph.plots.figures.dashboard import draw_dashboard
from tachograph.plots.figures.evolution import draw_evolution
from tachograph.plots.history import History
from tachograph.plots.report_text import report_text
from tachograph.plots.theme import Theme

__all__ = ["write_report"]

_USUAL = ("mae", "mse", "rmse", "r2")
_MOST_METRICS = 9


def write_report(run: Record, theme: Theme, output_dir: Any, *, include_all: bool) -> list[Path]:
    """Writes the files, and returns their paths.

    Raises:
        ArgumentTypeError: `output_dir` is no path.
        LogIOError: A file cannot be written.
    """
    folder = checked_path(output_dir, "output_dir")
    figures: dict[str, Callable[[], RunFigure]] = {
        "basic_training_curves.png": lambda: draw_basic([run], theme, (15, 10)),
        "training_dashboard.png": lambda: draw_dashboard(run, theme, (20, 12)),
    }
    if include_all:
        every = History(run).metrics() or list(_USUAL)
        names = every[:_MOST_METRICS]
        figures |= {
            "advanced_metrics.png": lambda: draw_advanced(run, theme, (15, 10)),
            "metric_evolution.png": lambda: draw_evolution(
                [run], names, theme, (15, 10), n_all=len(every)
            ),
        }
    written = [save_figure(draw(), folder / name) for name, draw in figures.items()]
    summary = folder / "training_summary.txt"
    with writing(summary) as out:
        out.write(report_text(run).encode("utf-8", "backslashreplace"))
    return [*written, summary]
