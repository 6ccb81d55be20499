"""A line for each class: accuracy in one panel; precision and recall together in another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

import numpy as np
from matplotlib.axes import Axes

from tachograph.curves import Curve
from tachograph.overview.monitored_epochs import MonitoredEpochs
from tachograph.plots.lines import draw_curve
from tachograph.plots.panels.frame import legend, say, set_up
from tachograph.plots.theme import Theme

__all__ = ["draw_class_accuracy", "draw_precision_recall"]

Curves: TypeAlias = Mapping[int, Sequence[Curve]]
"""Of each class one curve or two, of which the second is dashed."""

_MOST_NAMED: Final = 10
_MOST_PAIRS_NAMED: Final = 4
_LOWEST_NAMED: Final = 4
# The more lines lie over each other, the paler each is.
_PALE: Final = 0.35
_PALEST: Final = 0.1
_INK: Final = 8.0


def draw_class_accuracy(axes: Axes, epochs: MonitoredEpochs, theme: Theme) -> None:
    """The share of each class that is predicted right, in training.

    Of more classes than can be told apart the lowest ones have colours, the others are pale.
    """
    title = "Class accuracy (training)"
    found = {at: epochs.class_curve("train", at, "acc") for at in epochs.classes("train", "acc")}
    curves = {at: [curve] for at, curve in found.items() if curve is not None}
    if not curves:
        say(axes, title, "no accuracy of classes recorded", theme)
        return
    _draw(axes, curves, theme, most_named=_MOST_NAMED)
    set_up(axes, title, "Accuracy")
    legend(axes, theme)


def draw_precision_recall(axes: Axes, epochs: MonitoredEpochs, theme: Theme) -> None:
    """Precision, and recall dashed, of each class in validation."""
    title = "Precision, recall (validation)"
    classes = sorted({*epochs.classes("val", "precision"), *epochs.classes("val", "recall")})
    curves = {}
    for at in classes:
        both = (epochs.class_curve("val", at, "precision"), epochs.class_curve("val", at, "recall"))
        if any(curve is not None for curve in both):
            curves[at] = [curve if curve is not None else _nothing() for curve in both]
    if not curves:
        say(axes, title, "no precision or recall recorded", theme)
        return
    _draw(axes, curves, theme, most_named=_MOST_PAIRS_NAMED)
    axes.plot([], [], color=theme.roles.muted, linestyle="--", label="recall")
    set_up(axes, title, "Share")
    legend(axes, theme)


def _draw(axes: Axes, curves: Curves, theme: Theme, *, most_named: int) -> None:
    """All classes, those with a name over the others."""
    named = list(curves)
    if len(curves) > most_named:
        named = sorted(sorted(curves, key=lambda at: _end(curves[at]))[:_LOWEST_NAMED])
    others = sorted(curves.keys() - set(named))
    pale = min(_PALE, max(_PALEST, _INK / max(len(others), 1)))
    for at in others:
        style: dict[str, Any] = {"alpha": pale, "linewidth": 1.0, "markersize": 2.5}
        _draw_class(axes, curves[at], theme, label=f"_class {at}", **style)
    for place, at in enumerate(named):
        dashes = theme.dashes(place) if len(curves[at]) == 1 else "-"
        color = theme.color(place)
        _draw_class(axes, curves[at], theme, label=f"class {at}", color=color, linestyle=dashes)
    if others:
        label = f"{len(others)} higher" if len(others) > 1 else "1 higher"
        axes.plot([], [], color=theme.roles.muted, alpha=_PALE, linewidth=1.0, label=label)
    axes.set_ylim(-0.03, 1.03)


def _draw_class(
    axes: Axes,
    curves: Sequence[Curve],
    theme: Theme,
    *,
    label: str,
    color: str | None = None,
    **style: Any,
) -> None:
    ink = theme.roles.muted if color is None else color
    draw_curve(axes, curves[0], label=label, color=ink, **style)
    hollow = {"markerfacecolor": theme.surface, "markeredgewidth": 1.2}
    for curve in curves[1:]:
        look = {**style, **hollow, "linestyle": "--"}
        draw_curve(axes, curve, label=f"_{label} recall", color=ink, **look)


def _end(curves: Sequence[Curve]) -> float:
    """Where a class ends: the lowest of its last values; what never had one comes first."""
    ends = [curve.y[np.isfinite(curve.y)][-1:] for curve in curves]
    return float(min((end[0] for end in ends if len(end)), default=-1.0))


def _nothing() -> Curve:
    return Curve("nothing", "epoch", np.empty(0, dtype=np.int64), np.empty(0))
