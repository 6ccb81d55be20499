"""Names and values as a small table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from matplotlib.axes import Axes

from tachograph.plots.theme import Theme

__all__ = ["draw_facts"]

_MOST_ROWS: Final = 11


def draw_facts(
    axes: Axes, title: str, facts: Sequence[tuple[str, str]], theme: Theme, *, n_rows: int
) -> None:
    """Each name on the left, its value on the right, a hair line below.

    Args:
        axes: Where.
        title: Above it.
        facts: Finished text (see `words.shown`); more than fit are left out, with their number.
        theme: The look.
        n_rows: How many rows share the height; panels beside each other then have equal ones.
    """
    axes.set_title(title)
    axes.set_axis_off()
    rows = list(facts)
    if len(rows) > _MOST_ROWS:
        rows = [*rows[: _MOST_ROWS - 1], (f"and {len(rows) - _MOST_ROWS + 1} more", "")]
    height = 1.0 / min(max(n_rows, len(rows)), _MOST_ROWS)
    for index, (name, value) in enumerate(rows):
        y = 1.0 - (index + 0.5) * height
        axes.text(0.0, y, name, color=theme.roles.muted, va="center", transform=axes.transAxes)
        axes.text(1.0, y, value, ha="right", va="center", transform=axes.transAxes)
        axes.plot(
            [0.0, 1.0],
            [y - height / 2] * 2,
            color=theme.grid,
            linewidth=1.0,
            transform=axes.transAxes,
        )
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
