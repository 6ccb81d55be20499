"""How a classifier's classes fare: confusion over time, precision and recall of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from tachograph.curves import Curve, Record
from tachograph.plots.arguments import labels_given
from tachograph.plots.canvas import RunFigure, new_mosaic
from tachograph.plots.figures.sheet import head_and_foot
from tachograph.plots.history import Split
from tachograph.plots.lines import draw_curve
from tachograph.plots.matrices import Matrices, matrices_of, precision_recall
from tachograph.plots.panels.confusion import draw_confusion
from tachograph.plots.panels.frame import legend, say, set_up
from tachograph.plots.theme import Theme
from tachograph.plots.words import labelled

__all__ = ["draw_classification"]

_MOST_MATRICES: Final = 4
_MOST_CLASSES: Final = 12


def draw_classification(
    run: Record,
    theme: Theme,
    figsize: Any,
    *,
    metric: str,
    split: Split,
    class_names: Sequence[str] | None,
) -> RunFigure:
    """Matrices of up to four epochs from the first to the last; below, a line for each class."""
    found = matrices_of(run, metric, split)
    shown = [] if found is None else _spread(len(found.labels))
    n_matrices = max(len(shown), 1)
    layout = [
        [f"m{at}" for at in range(n_matrices) for _ in range(2)],
        ["precision"] * n_matrices + ["recall"] * n_matrices,
    ]
    figure, panels = new_mosaic(theme, figsize, layout)
    with figure.styled():
        if found is None:
            words = f"no confusion matrix: log one as {split}_metrics={{{metric!r}: counts}}"
            say(panels["m0"], "Confusion", words, theme)
            say(panels["precision"], "Precision", "no confusion matrix", theme)
            say(panels["recall"], "Recall", "no confusion matrix", theme)
        else:
            names = labels_given(
                class_names,
                "class_names",
                found.counts.shape[1],
                each="class",
                default="",
                max_chars=12,
            )
            for at, index in enumerate(shown):
                title = f"Epoch {found.labels[index]} (% of true class)"
                draw_confusion(panels[f"m{at}"], title, found.counts[index], names, theme=theme)
            precision, recall = precision_recall(found.counts)
            _draw_classes(
                panels["precision"], "Precision", _curves(found, precision), names, theme=theme
            )
            _draw_classes(panels["recall"], "Recall", _curves(found, recall), names, theme=theme)
        head_and_foot(figure, "Classes", [run])
    return figure


def _spread(n: int) -> list[int]:
    """The first, the last and some between."""
    places = np.linspace(0, n - 1, min(n, _MOST_MATRICES)).round()
    return [int(place) for place in np.unique(places)]


def _curves(found: Matrices, values: NDArray[np.float64]) -> list[Curve]:
    order = np.argsort(found.labels, kind="stable")
    labels = found.labels[order]
    return [Curve("share", "epoch", labels, column[order]) for column in values.T]


def _draw_classes(
    axes: Axes, title: str, curves: Sequence[Curve], names: Sequence[str], *, theme: Theme
) -> None:
    """A line for each class; of many those that end lowest, which are those to look at."""
    ends = [curve.y[-1] if np.isfinite(curve.y[-1]) else -1.0 for curve in curves]
    order = sorted(range(len(curves)), key=lambda at: ends[at])
    chosen = sorted(order[:_MOST_CLASSES])
    for place, at in enumerate(chosen):
        draw_curve(
            axes,
            curves[at],
            label=labelled(names[at], 12),
            color=theme.color(place),
            linestyle=theme.dashes(place),
        )
    axes.set_ylim(-0.03, 1.03)
    is_part = len(chosen) < len(curves)
    set_up(axes, f"{title} (lowest {len(chosen)} of {len(curves)})" if is_part else title, title)
    legend(axes, theme)
