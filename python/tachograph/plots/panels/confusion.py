"""A confusion matrix as a table of shares."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from numpy.typing import NDArray

from tachograph.plots.contrast import contrast
from tachograph.plots.theme import Theme

__all__ = ["draw_confusion"]

_MOST_WRITTEN: Final = 12  # classes; more cells than that hold no numbers
_MOST_NAMED: Final = 20
_LEAST_CONTRAST: Final = 3.0


def draw_confusion(
    axes: Axes, title: str, matrix: NDArray[Any], names: Sequence[str], *, theme: Theme
) -> None:
    """Each row's counts as shares of the row: how often a class is taken for another.

    Args:
        axes: Where.
        title: Above it.
        matrix: Counts, k x k, rows are the true classes.
        names: k finished texts.
        theme: The look.
    """
    shares = row_shares(matrix)
    colors = LinearSegmentedColormap.from_list("share", [theme.surface, theme.roles.train])
    axes.imshow(np.ma.masked_invalid(shares), cmap=colors, vmin=0, vmax=1, aspect="equal")
    axes.set_title(title)
    axes.set_xlabel("Predicted")
    axes.set_ylabel("True")
    axes.grid(visible=False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    _name(axes, names)
    if len(matrix) <= _MOST_WRITTEN:
        _write(axes, shares, colors)


def row_shares(matrix: NDArray[Any]) -> NDArray[np.float64]:
    """The matrix by the sums of its rows; NaN in rows that are empty or no counts."""
    counts = np.asarray(matrix, dtype=np.float64)
    with np.errstate(all="ignore"):
        sums = counts.sum(axis=1, keepdims=True)
        shares: NDArray[np.float64] = np.where((sums > 0) & (counts >= 0), counts / sums, np.nan)
    return shares


def _name(axes: Axes, names: Sequence[str]) -> None:
    every = max(1, -(-len(names) // _MOST_NAMED))
    places = range(0, len(names), every)
    shown = [names[place] for place in places]
    is_long = max(map(len, shown), default=0) > 3  # noqa: PLR2004 - digits and such
    side = "right" if is_long else "center"
    axes.set_xticks(list(places), shown, rotation=45 if is_long else 0, ha=side)
    axes.set_yticks(list(places), shown)


def _write(axes: Axes, shares: NDArray[np.float64], colors: LinearSegmentedColormap) -> None:
    size = float(axes.xaxis.label.get_fontsize()) * min(1.0, 6.5 / max(len(shares), 1))
    for (row, column), share in np.ndenumerate(shares):
        if not np.isfinite(share) or share < 0.005:  # noqa: PLR2004 - rounds to nothing
            continue
        red, green, blue, _ = colors(float(share))
        is_light = contrast("white", _hex(red, green, blue)) < _LEAST_CONTRAST
        ink = "#1d2433" if is_light else "white"
        axes.text(
            column, row, f"{share:.0%}"[:-1], ha="center", va="center", color=ink, fontsize=size
        )


def _hex(*parts: float) -> str:
    return "#" + "".join(f"{round(part * 255):02x}" for part in parts)
