"""One value each as a bar: lying, where there may be many; standing, where runs are compared."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final, TypeAlias

from matplotlib.axes import Axes

from tachograph.plots.bounds import within
from tachograph.plots.panels.frame import CHAR_WIDTH, height_points, say, width_chars
from tachograph.plots.theme import Theme
from tachograph.plots.ticks import set_linear

__all__ = ["Bar", "draw_bars", "draw_columns"]

Bar: TypeAlias = tuple[str, float | None, tuple[str, ...]]
"""A name, a value or None, and what is said of it: short texts, the value first."""

_MOST_NAMED: Final = 24
_THICKNESS: Final = 0.62
_TILT: Final = 35  # degrees
_MOST_TILTED: Final = 16  # characters; the legends have the whole name
_MOST_UPRIGHT: Final = 0.6  # of a panel's height; of longer texts the value alone stands there
_SMALLER: Final = 0.8  # letters of texts that stand upright
_LINE: Final = 1.3  # of the font's size
_PADDING: Final = 4.0  # points
_MOST_ROOM: Final = 0.75  # of an axis, for texts


def draw_bars(
    axes: Axes,
    title: str,
    bars: Sequence[Bar],
    theme: Theme,
    *,
    x_label: str,
    color: str,
    absent: str,
) -> None:
    """A lying bar each, the first on top; what is not there has no length and says so.

    Args:
        axes: Where.
        title: Above it.
        bars: What there is.
        theme: The look.
        x_label: What the length is.
        color: Of all bars.
        absent: The words where there is no bar.
    """
    if not bars:
        say(axes, title, absent, theme)
        return
    values = _lengths(bars)
    texts = [", ".join(words) for _, _, words in bars]
    drawn = axes.barh(range(len(bars)), values, color=color, height=_THICKNESS)
    axes.set_title(title)
    axes.set_xlabel(x_label)
    axes.set_yticks([])
    if len(bars) <= _MOST_NAMED:
        axes.set_yticks(range(len(bars)), [name for name, _, _ in bars])
        axes.bar_label(drawn, labels=texts, padding=_PADDING, bbox=_beneath(theme))
    axes.invert_yaxis()
    axes.set_xlim(*_bounds(values, 0.055 + 0.0175 * max(map(len, texts))))
    axes.axvline(0.0, color=theme.roles.muted, linewidth=1.0)
    set_linear(axes.xaxis, 5)
    axes.grid(visible=False, axis="y")
    axes.grid(visible=True, axis="x")


def draw_columns(
    axes: Axes, title: str, bars: Sequence[Bar], theme: Theme, *, y_label: str, absent: str
) -> None:
    """A standing bar each, in a colour of its own; what is not there has no height and says so.

    Names are tilted where they do not fit beside each other; what is said of a value stands above
    it in one line, in several, or upright, as there is room.

    Args:
        axes: Where.
        title: Above it.
        bars: What there is.
        theme: The look.
        y_label: What the height is.
        absent: The words where there is no bar.
    """
    if not bars:
        say(axes, title, absent, theme)
        return
    values = _lengths(bars)
    colors = [theme.color(index) for index in range(len(bars))]
    drawn = axes.bar(range(len(bars)), values, color=colors, width=_THICKNESS)
    axes.set_title(title)
    axes.set_ylabel(y_label)
    axes.set_xticks([])
    axes.set_xlim(-0.5, len(bars) - 0.5)
    taken = 0.0
    if len(bars) <= _MOST_NAMED:
        size = float(axes.xaxis.label.get_fontsize())
        room = width_chars(axes, size) / len(bars)
        height = height_points(axes) - _name(axes, [name for name, _, _ in bars], room, size)
        texts, rotation, points = _texts([words for _, _, words in bars], room, height / size)
        size *= _SMALLER if rotation else 1.0
        points *= size
        style: dict[str, Any] = {"rotation": rotation, "fontsize": size, "bbox": _beneath(theme)}
        axes.bar_label(drawn, labels=texts, padding=_PADDING, **style)
        taken = (points + 2 * _PADDING) / max(height, points)
    axes.set_ylim(*_bounds(values, taken))
    axes.axhline(0.0, color=theme.roles.muted, linewidth=1.0)
    set_linear(axes.yaxis, 5)
    axes.grid(visible=False, axis="x")
    axes.grid(visible=True, axis="y")


def _name(axes: Axes, names: Sequence[str], room: float, size: float) -> float:
    """Puts the names below the bars; the points that they take away from the panel's height."""
    if max(map(len, names)) + 1 <= room:
        axes.set_xticks(range(len(names)), names)
        return 0.0
    short = [_shortened(name) for name in names]
    axes.set_xticks(range(len(names)), short, rotation=_TILT, ha="right", rotation_mode="anchor")
    return max(map(len, short)) * CHAR_WIDTH * size * math.sin(math.radians(_TILT))


def _shortened(name: str) -> str:
    """A name without its middle, where it is long: names of runs often differ at one end."""
    if len(name) <= _MOST_TILTED:
        return name
    half = _MOST_TILTED // 2
    return f"{name[:half].rstrip()}…{name[1 - half :].lstrip()}"


def _texts(
    words: Sequence[tuple[str, ...]], room: float, height: float
) -> tuple[list[str], int, float]:
    """What stands above the bars, by how many degrees it is turned, and its height.

    Args:
        words: What is said of each.
        room: Characters that fit beside each other in a column.
        height: Of the panel, of the font's size, as the height returned is.
    """
    lines = [", ".join(parts) for parts in words]
    longest = max(map(len, lines))
    if longest + 1 <= room:
        return lines, 0, _LINE
    if max(len(part) for parts in words for part in parts) + 1 <= room:
        return ["\n".join(parts) for parts in words], 0, max(map(len, words)) * _LINE
    if longest * CHAR_WIDTH > _MOST_UPRIGHT * height:
        lines = [parts[0] for parts in words]
        longest = max(map(len, lines))
        if longest + 1 <= room:
            return lines, 0, _LINE
    return lines, 90, longest * CHAR_WIDTH


def _lengths(bars: Sequence[Bar]) -> list[float]:
    return [
        float(within(value)) if value is not None and math.isfinite(value) else 0.0
        for _, value, _ in bars
    ]


def _bounds(values: Sequence[float], share: float) -> tuple[float, float]:
    """The ends of an axis on which text that takes a share of it fits behind the longest bar."""
    low, high = min(*values, 0.0), max(*values, 0.0)
    if low == high:
        return 0.0, 1.0
    share = min(share, _MOST_ROOM)
    room = (high - low) * share / (1 - share)
    return low - (room if low < 0 else 0.0), high + (room if high > 0 else 0.0)


def _beneath(theme: Theme) -> dict[str, Any]:
    """What lies behind a label, so that no grid line runs through it."""
    return {"facecolor": theme.surface, "edgecolor": "none", "pad": 1.5}
