"""What stands around the panels of a figure: whose run it is, above and below."""

from __future__ import annotations

from collections.abc import Sequence

from tachograph.curves import Record
from tachograph.plots.canvas import RunFigure
from tachograph.plots.facts import caption
from tachograph.plots.words import shown

__all__ = ["head_and_foot"]

_MOST_CAPTIONS = 3


def head_and_foot(figure: RunFigure, title: str, runs: Sequence[Record]) -> None:
    """The title, and a line for each run: id, steps, time, commit.

    Call it within the figure's style.
    """
    name = shown(runs[0].experiment_name, 60) if len(runs) == 1 else ""
    heading = f"{name}  ·  {title}" if name else title
    figure.suptitle(heading, x=0.01, ha="left")
    lines = [caption(run) for run in runs[:_MOST_CAPTIONS]]
    if len(runs) > _MOST_CAPTIONS:
        lines.append(f"and {len(runs) - _MOST_CAPTIONS} more")
    if lines:
        figure.supxlabel(
            "\n".join(lines), x=0.01, ha="left", color=figure.theme.roles.muted, linespacing=1.35
        )
