"""Colours for several series, by a palette's name, made legible on a background."""

from __future__ import annotations

import colorsys
from typing import Any, Final

import matplotlib as mpl
from matplotlib.colors import ListedColormap, to_hex, to_rgb
from matplotlib.style import library

from tachograph.exceptions import ArgumentTypeError, InvalidArgumentError
from tachograph.plots.contrast import legible

__all__ = ["palette_colors", "palette_names"]

_HUES: Final = ("husl", "hls")
_N_SAMPLED: Final = 8
_STYLE_PREFIX: Final = "seaborn-v0_8-"
# The six sets of colours that seaborn names, kept by matplotlib as styles.
_SEABORN: Final = ("colorblind", "deep", "muted", "bright", "dark", "pastel")
_MOST_LISTED: Final = 24


def palette_names() -> list[str]:
    """Every palette that can be named; of colour maps also the reversed one, with ``_r``."""
    seaborn = [name for name in _SEABORN if _STYLE_PREFIX + _style_suffix(name) in library]
    maps = [name for name in mpl.colormaps if not name.endswith("_r")]
    listed = [name for name in maps if isinstance(mpl.colormaps[name], ListedColormap)]
    qualitative = [name for name in listed if mpl.colormaps[name].N <= _MOST_LISTED]
    return [*qualitative, *_HUES, *seaborn, *(name for name in maps if name not in qualitative)]


def palette_colors(name: Any, background: str) -> list[str]:
    """The colours of a palette, each dark or light enough to be seen on the background.

    Args:
        name: One of `palette_names`.
        background: Any colour of matplotlib.

    Returns:
        Colours as ``#rrggbb``, each of at least a contrast of 3 to the background.

    Raises:
        ArgumentTypeError: The name is no str.
        InvalidArgumentError: There is no such palette; the message lists those there are.
    """
    if not isinstance(name, str):
        message = f"palette must be a str, not {type(name).__name__}"
        raise ArgumentTypeError(message, argument="palette")
    return list(dict.fromkeys(legible(color, background) for color in _raw_colors(name)))


def _raw_colors(name: str) -> list[str]:
    if name in _HUES:
        return [
            to_hex(colorsys.hls_to_rgb((index / _N_SAMPLED + 0.02) % 1, 0.5, 0.65))
            for index in range(_N_SAMPLED)
        ]
    if name in _SEABORN and _STYLE_PREFIX + _style_suffix(name) in library:
        cycle = library[_STYLE_PREFIX + _style_suffix(name)]["axes.prop_cycle"]
        return [to_hex(color) for color in cycle.by_key()["color"]]
    if name not in mpl.colormaps:
        listed = ", ".join(map(repr, palette_names()))
        message = f"there is no palette {name[:100]!r}; there are: {listed}"
        raise InvalidArgumentError(message, argument="palette")
    colormap = mpl.colormaps[name]
    if isinstance(colormap, ListedColormap) and colormap.N <= _MOST_LISTED:
        return [to_hex(to_rgb(colormap(index))) for index in range(colormap.N)]
    # The ends of a map are often white or black.
    places = (0.08 + 0.84 * index / (_N_SAMPLED - 1) for index in range(_N_SAMPLED))
    return [to_hex(to_rgb(colormap(place))) for place in places]


def _style_suffix(name: str) -> str:
    return "dark-palette" if name == "dark" else name
