"""What every panel has: title, labelled axes, a legend beside the data, or words instead."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from tachograph.plots.bounds import SMALLEST
from tachograph.plots.theme import Theme
from tachograph.plots.ticks import (
    set_labels_axis,
    set_linear,
    set_linear_and_logarithmic,
    set_logarithmic,
)

__all__ = [
    "CHAR_WIDTH",
    "height_points",
    "legend",
    "logarithmic",
    "say",
    "set_up",
    "width_chars",
]

_FEW_LABELS: Final = 6
_MOST_ENTRIES: Final = 12
_FEW_ENTRIES: Final = 3
_FULL: Final = 1.5  # lines; a legend that has more of them has smaller letters
_SMALLER: Final = 0.8
CHAR_WIDTH: Final = 0.57
"""The width of a character, of the font's size, on average."""

_TITLE_CHAR: Final = 1.35  # of another's width
_HANDLE_CHARS: Final = 6.5
_POINTS_AN_INCH: Final = 72
_INSIDE: Final = 0.5  # of a panel's height, without title, legend and labels
_LINE_HEIGHT: Final = 1.45
_MARGIN: Final = 0.06
_LINEAR_PART: Final = 1e-6
_X_LABELS: Final = {"step": "Step", "epoch": "Epoch", "wall_time": "Time since start (s)"}


def set_up(axes: Axes, title: str, y_label: str = "", *, axis: str = "epoch") -> None:
    """Gives the panel its title and its axes their labels, once everything is drawn."""
    axes.set_title(title)
    axes.set_xlabel(_X_LABELS[axis])
    if y_label:
        axes.set_ylabel(y_label)
    _tick_x(axes, axis)
    if axes.get_yscale() == "linear":
        set_linear(axes.yaxis)


def _tick_x(axes: Axes, axis: str) -> None:
    # Lines across the whole panel are placed by its own width, not by labels.
    own = [line for line in axes.get_lines() if line.get_transform() == axes.transData]
    drawn = [np.asarray(line.get_xdata(), dtype=np.float64) for line in own]
    labels = np.unique(np.concatenate(drawn)) if drawn else np.empty(0)
    few = axis != "wall_time" and 0 < len(labels) <= _FEW_LABELS
    if few and np.all(labels == np.round(labels)) and _spread(labels):
        set_labels_axis(axes.xaxis, labels.tolist())
        if len(labels) == 1:
            axes.set_xlim(labels[0] - 1, labels[0] + 1)
    else:
        set_labels_axis(axes.xaxis)


def _spread(labels: NDArray[np.float64]) -> bool:
    """Whether no two labels lie so close that their ticks would collide."""
    return len(labels) == 1 or bool(np.diff(labels).min() * 10 >= labels[-1] - labels[0])


def legend(axes: Axes, theme: Theme, *, most_rows: int | None = None) -> None:
    """Puts the legend above the data: beside the title where both fit, else below it.

    Args:
        axes: Whose curves.
        theme: The look.
        most_rows: Of how many lines it is made at most, where something else has all names.
    """
    handles, labels = axes.get_legend_handles_labels()
    if not handles:
        return
    handles, labels = _first(handles, labels, _MOST_ENTRIES)
    size = float(axes.xaxis.label.get_fontsize())
    room = width_chars(axes, size)
    widths = [len(label) + _HANDLE_CHARS for label in labels]
    if len(labels) > _FEW_ENTRIES and sum(widths) > _FULL * room:
        size, room = size * _SMALLER, room / _SMALLER
    title = axes.get_title(loc="left")
    beside = sum(widths) + 2 + len(title) * _TITLE_CHAR < room
    columns = len(labels) if beside else _columns(widths, room)
    if not beside:
        if most_rows is not None:
            handles, labels = _first(handles, labels, columns * most_rows)
        rows = -(-len(labels) // columns)
        columns = -(-len(labels) // rows)  # as even as can be
        axes.set_title(title, pad=(rows * _LINE_HEIGHT + 0.9) * size)
    axes.legend(
        handles,
        labels,
        loc="lower right" if beside else "lower left",
        bbox_to_anchor=(1.0 if beside else 0.0, 1.0),
        ncols=columns,
        borderaxespad=0.1,
        borderpad=0.2,
        labelcolor=theme.text,
        fontsize=size,
    )


def _first(handles: list[Any], labels: list[str], most: int) -> tuple[list[Any], list[str]]:
    """The first entries, of which the last says how many more there are."""
    rest = len(handles) - most
    return handles[:most], [*labels[: most - 1], f"and {rest + 1} more"] if rest > 0 else labels


def _columns(widths: list[float], room: float) -> int:
    """As many columns as fit; matplotlib fills them one after the other."""
    for columns in range(len(widths), 1, -1):
        rows = -(-len(widths) // columns)
        parts = [widths[start : start + rows] for start in range(0, len(widths), rows)]
        if sum(map(max, parts)) <= room:
            return columns
    return 1


def height_points(axes: Axes) -> float:
    """About how many points a panel is high, before anything is laid out."""
    place = axes.get_subplotspec()
    if place is None:
        return 0.0
    share = len(place.rowspan) / place.get_gridspec().nrows
    figure: Any = axes.figure
    return float(_INSIDE * figure.get_figheight() * share * _POINTS_AN_INCH)


def width_chars(axes: Axes, size: float) -> float:
    """About how many characters fit beside each other, before anything is laid out."""
    place = axes.get_subplotspec()
    if place is None:
        return 0.0
    rows_columns = place.get_gridspec()
    share = len(place.colspan) / rows_columns.ncols
    figure: Any = axes.figure
    inches = figure.get_figwidth() * share - 0.09 * size
    return float(inches * _POINTS_AN_INCH / (size * CHAR_WIDTH))


def say(axes: Axes, title: str, words: str, theme: Theme) -> None:
    """Says why there is nothing to draw."""
    axes.set_title(title)
    axes.text(
        0.5,
        0.5,
        words,
        ha="center",
        va="center",
        transform=axes.transAxes,
        color=theme.roles.muted,
        wrap=True,
    )
    axes.set_xticks([])
    axes.set_yticks([])
    axes.grid(visible=False)
    for spine in axes.spines.values():
        spine.set_visible(False)


def logarithmic(axes: Axes) -> None:
    """A logarithmic axis for what was drawn, linear about zero where not all of it is positive."""
    drawn = [np.asarray(line.get_ydata(), dtype=np.float64) for line in axes.get_lines()]
    values = np.concatenate(drawn) if drawn else np.empty(0)
    values = values[np.isfinite(values)]
    positive = values[values > 0]
    if not len(positive):
        return
    low, high = max(float(positive.min()), SMALLEST), max(float(positive.max()), SMALLEST)
    if len(positive) < len(values):
        largest = float(np.abs(values).max())
        # A power of ten: the tick below it would lie on that of zero.
        threshold = 10.0 ** math.ceil(math.log10(max(low, largest * _LINEAR_PART)))
        axes.set_yscale("symlog", linthresh=threshold)
        set_linear_and_logarithmic(axes.yaxis)
        return
    decades = math.log10(high) - math.log10(low)
    margin = 10 ** (_MARGIN * decades) if decades else 2.0
    axes.set_ylim(low / margin, high * margin)
    axes.set_yscale("log")
    set_logarithmic(axes.yaxis, low, high)
