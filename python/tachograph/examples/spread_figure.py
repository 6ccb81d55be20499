"""The figure of several trainings of each model: courses with their spread, and where they end."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from tachograph._optional import require
from tachograph.examples.sorting import CHANCE
from tachograph.examples.spread import Score

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from tachograph.plots.theme import Theme

__all__ = ["draw_spread"]

_SIZE: Final = (15.0, 6.5)
_JITTER: Final = 0.12
"""How far apart the points of a model lie at most, in distances between models."""


def draw_spread(
    scores: Sequence[Score], path: Path | None = None, *, steps_an_epoch: int
) -> Figure:
    """Accuracy by step, as mean and range over the seeds, beside what each seed ended with.

    Args:
        scores: Of each model.
        path: Where to write it too; folders are made.
        steps_an_epoch: How far the points of a course lie from each other.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    require("matplotlib", "plot")
    from tachograph.plots.canvas import new_figure, save_figure
    from tachograph.plots.theme import theme_of

    theme = theme_of("seaborn-v0_8", "Set2")
    figure, (courses, ends) = new_figure(theme, _SIZE, (1, 2))
    with figure.styled():
        _draw_courses(courses, scores, theme, steps_an_epoch)
        _draw_ends(ends, scores, theme)
        n_seeds = len(scores[0].accuracies)
        of_seeds = f"{n_seeds} seed{'s' * (n_seeds != 1)} each"
        figure.suptitle(f"Which is the n-th largest?  ·  {of_seeds}", x=0.01, ha="left")
    if path is not None:
        save_figure(figure, path)
    return figure


def _draw_courses(axes: Axes, scores: Sequence[Score], theme: Theme, steps_an_epoch: int) -> None:
    from tachograph.plots.panels.frame import legend, set_up

    for index, one in enumerate(scores):
        color = theme.color(index)
        curves = 100 * np.array(one.curves)
        steps = steps_an_epoch * np.arange(1, curves.shape[1] + 1)
        axes.fill_between(
            steps, curves.min(axis=0), curves.max(axis=0), color=color, alpha=0.2, linewidth=0
        )
        axes.plot(steps, curves.mean(axis=0), color=color, label=one.model)
    chance = 100 * CHANCE
    axes.axhline(chance, color=theme.roles.muted, linestyle="--", linewidth=1.2, label="chance")
    set_up(axes, "Validation: mean and range", "Accuracy (%)", axis="step")
    legend(axes, theme)


def _draw_ends(axes: Axes, scores: Sequence[Score], theme: Theme) -> None:
    for place, one in enumerate(scores):
        color = theme.color(place)
        accuracies = 100 * np.array(one.accuracies)
        shifts = np.linspace(-_JITTER, _JITTER, len(accuracies)) if len(accuracies) > 1 else [0.0]
        axes.plot(place + np.array(shifts), accuracies, "o", color=color, markeredgewidth=0)
        axes.hlines(100 * one.mean, place - 0.25, place + 0.25, color=color)
        spread = "" if one.spread != one.spread else f" ± {100 * one.spread:.1f}"
        axes.annotate(
            f"{100 * one.mean:.1f}{spread}",
            (place + 0.27, 100 * one.mean),
            va="center",
            color=theme.text,
        )
    axes.set_title("Test at the end: each seed, mean ± standard deviation")
    axes.set_ylabel("Accuracy (%)")
    axes.set_xticks(range(len(scores)))
    axes.set_xticklabels([f"{one.model}\n{one.n_parameters:,} parameters" for one in scores])
    axes.set_xlim(-0.5, len(scores) - 0.2)
