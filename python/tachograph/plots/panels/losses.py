"""Training and validation loss, or a metric of both, of one run or several."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

from matplotlib.axes import Axes

from tachograph.curves import Curve
from tachograph.plots.bounds import within
from tachograph.plots.history import Best, Epochs, Split
from tachograph.plots.lines import draw_curve
from tachograph.plots.panels.frame import legend, say, set_up
from tachograph.plots.theme import Theme
from tachograph.plots.words import titled_name, with_unit

__all__ = ["draw_losses", "draw_metric", "mark_best"]

_WORDS: Final[dict[Split, str]] = {"train": "Training", "val": "Validation"}
_STAR: Final = 1.4  # of the size of the axis' label


def draw_losses(
    axes: Axes, histories: Sequence[Epochs], theme: Theme, *, most_rows: int | None = None
) -> None:
    """The losses by epoch, and a star on the point of each run's best epoch.

    Args:
        axes: Where.
        histories: The epochs of each run.
        theme: The look.
        most_rows: Lines of the legend at most; None for as many as there are names.
    """
    title = "Loss"
    losses = [history.losses() for history in histories]
    if not any(losses):
        say(axes, title, "no loss recorded", theme)
        return
    _explain_dashes(axes, losses, theme)
    for index, (history, curves) in enumerate(zip(histories, losses, strict=True)):
        _draw_splits(axes, curves, theme, None if len(histories) == 1 else (index, history.name))
        mark_best(axes, history.best, theme, is_only=len(histories) == 1)
    set_up(axes, title, title)
    legend(axes, theme, most_rows=most_rows)


def draw_metric(
    axes: Axes,
    histories: Sequence[Epochs],
    name: str,
    theme: Theme,
    *,
    title: str | None = None,
    best: Best | None = None,
) -> None:
    """One metric by epoch.

    Args:
        axes: Where.
        histories: The epochs of each run.
        name: The metric's name, without its split.
        theme: The look.
        title: What to call it; None for its name.
        best: Where a star stands: an epoch, and the metric's value there.
    """
    title = titled_name(name) if title is None else title
    found = [history.metric(name) for history in histories]
    if not any(found):
        is_array = any(history.has_arrays(name) for history in histories)
        say(axes, title, "no data: its values are arrays" if is_array else "no data", theme)
        return
    _explain_dashes(axes, found, theme)
    for index, (history, curves) in enumerate(zip(histories, found, strict=True)):
        _draw_splits(axes, curves, theme, None if len(histories) == 1 else (index, history.name))
    mark_best(axes, best, theme, is_only=True)
    set_up(axes, title, with_unit(title, name))
    legend(axes, theme)


def _draw_splits(
    axes: Axes, curves: Mapping[Split, Curve], theme: Theme, run: tuple[int, str] | None
) -> None:
    """Training and validation: of one run in their own colours, of several in the run's."""
    colors = {"train": theme.roles.train, "val": theme.roles.validation}
    for split, curve in curves.items():
        if run is None:
            draw_curve(axes, curve, label=_WORDS[split], color=colors[split])
            continue
        index, name = run
        is_second = split == "val" and len(curves) > 1
        label = "_validation" if is_second else name
        style = "--" if is_second else "-"
        draw_curve(axes, curve, label=label, color=theme.color(index), linestyle=style)


def _explain_dashes(axes: Axes, curves: Sequence[Mapping[Split, Curve]], theme: Theme) -> None:
    """An entry of the legend that says what dashes are, where runs have both curves."""
    if len(curves) > 1 and any(len(splits) > 1 for splits in curves):
        axes.plot([], [], color=theme.roles.muted, linestyle="--", label="validation")


def mark_best(axes: Axes, best: Best | None, theme: Theme, *, is_only: bool) -> None:
    """A star where the best epoch lies on its curve; in the legend if it is the only one."""
    if best is None or not math.isfinite(best.loss):
        return
    axes.plot(
        [best.epoch],
        [float(within(best.loss))],
        label=f"Best (epoch {best.epoch})" if is_only else "_best",
        linestyle="none",
        marker="*",
        markersize=_STAR * float(axes.xaxis.label.get_fontsize()),
        markerfacecolor=theme.roles.best,
        markeredgecolor=theme.surface,
        markeredgewidth=1.0,
        zorder=5,
    )
