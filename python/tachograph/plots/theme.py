"""The look of all figures: colours by what they stand for, and matplotlib's settings."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

from cycler import cycler
from matplotlib import rcParamsDefault
from matplotlib.colors import to_hex
from matplotlib.style import library

from tachograph.exceptions import ArgumentTypeError, InvalidArgumentError
from tachograph.plots.contrast import is_dark
from tachograph.plots.fonts import families
from tachograph.plots.palettes import palette_colors

__all__ = ["Roles", "Theme", "style_names", "theme_of"]

OWN_STYLE: Final = "seaborn-v0_8"
DARK_STYLE: Final = "dark"

# At this size, in inches, text has its own size; figures of another are scaled.
_REFERENCE_AREA: Final = 15.0 * 10.0
_SMALLEST, _LARGEST = 0.62, 1.5


@dataclass(frozen=True, slots=True)
class Roles:
    """The colours of what appears in more than one figure.

    Blue and orange are told apart with every common colour blindness; what is best also has a
    shape of its own.
    """

    train: str
    validation: str
    best: str
    other: str
    warning: str
    muted: str


_ON_LIGHT: Final = Roles("#2563c9", "#d9660a", "#0b7a55", "#6b4fb3", "#b3261e", "#667085")
_ON_DARK: Final = Roles("#6ea8fe", "#ffa24d", "#3ddc97", "#b9a3f5", "#ff8a80", "#98a2b3")


@dataclass(frozen=True, slots=True)
class Theme:
    """A style and a palette, ready to draw with.

    Attributes:
        roles: Colours by what they stand for.
        colors: Colours of series that stand for nothing but themselves.
        base: matplotlib's settings without sizes.
        text: Colour of text.
        surface: Colour behind the curves.
        grid: Colour of grid lines.
    """

    roles: Roles
    colors: tuple[str, ...]
    base: dict[str, Any]
    text: str
    surface: str
    grid: str

    def color(self, index: int) -> str:
        """The colour of the series with this index; begins anew where there are no more."""
        return self.colors[index % len(self.colors)]

    def dashes(self, index: int) -> str:
        """The line style of the series with this index: another one for each round of colours."""
        styles = ("-", "--", ":", "-.")
        return styles[index // len(self.colors) % len(styles)]

    def settings(self, figsize: tuple[float, float]) -> dict[str, Any]:
        """The settings of matplotlib for a figure of this size in inches."""
        scale = math.sqrt(figsize[0] * figsize[1] / _REFERENCE_AREA)
        scale = min(max(scale, _SMALLEST), _LARGEST)
        sizes = {name: value * scale for name, value in _SIZES.items()}
        return {**self.base, **sizes}


_SIZES: Final = {
    "font.size": 12.0,
    "figure.titlesize": 19.0,
    "figure.labelsize": 10.5,
    "axes.titlesize": 14.0,
    "axes.labelsize": 12.0,
    "xtick.labelsize": 12.0,
    "ytick.labelsize": 12.0,
    "legend.fontsize": 12.0,
    "axes.titlepad": 11.0,
    "lines.linewidth": 2.0,
    "lines.markersize": 5.5,
    "xtick.major.size": 4.0,
}

# What holds in every style: nothing that a name holds is read as mathematics, and nothing is
# drawn that says nothing.
_ALWAYS: Final[dict[str, Any]] = {
    "text.usetex": False,
    "text.parse_math": False,
    "axes.formatter.use_mathtext": False,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "figure.titleweight": "bold",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.xmargin": 0.02,
    "axes.ymargin": 0.06,
    "legend.frameon": False,
    "legend.handlelength": 1.6,
    "legend.columnspacing": 1.4,
    "legend.handletextpad": 0.6,
    "lines.solid_capstyle": "round",
    "lines.solid_joinstyle": "round",
    "figure.dpi": 100.0,
    "savefig.dpi": "figure",
    "savefig.facecolor": "auto",
    "savefig.bbox": "standard",
    "savefig.transparent": False,
    "xtick.minor.visible": False,
    "ytick.minor.visible": False,
    "figure.constrained_layout.h_pad": 0.10,
    "figure.constrained_layout.w_pad": 0.12,
}


# The groups of settings that figures are drawn with, whatever the caller has set.
_DRAWN_WITH: Final = frozenset(
    {
        *("axes", "figure", "font", "grid", "hist", "image", "legend", "lines", "markers"),
        *("mathtext", "patch", "path", "savefig", "scatter", "text", "xtick", "ytick"),
    }
)


def style_names() -> list[str]:
    """Every style that can be named."""
    return [DARK_STYLE, *sorted(name for name in library if not name.startswith("_"))]


def theme_of(style: Any, palette: Any) -> Theme:
    """The theme of a style and a palette.

    Args:
        style: ``"seaborn-v0_8"``, the light theme: seaborn's look on white; ``"dark"``; or any
            style of matplotlib.
        palette: See `palette_colors`.

    Raises:
        ArgumentTypeError: One of them is no str.
        InvalidArgumentError: There is no such style or palette; the message lists those there are.
    """
    if not isinstance(style, str):
        message = f"style must be a str, not {type(style).__name__}"
        raise ArgumentTypeError(message, argument="style")
    if style == OWN_STYLE:
        settings = _own("#ffffff", "#1d2433", "#e6e9ef", "#c4cad4")
    elif style == DARK_STYLE:
        settings = _own("#161a21", "#e8eaf0", "#2b313c", "#454d5c")
    elif style in library and style in style_names():
        settings = {**_drawn_with(rcParamsDefault), **_drawn_with(library[style])}
    else:
        listed = ", ".join(map(repr, style_names()))
        message = f"there is no style {style[:100]!r}; there are: {listed}"
        raise InvalidArgumentError(message, argument="style")
    surface = to_hex(settings["axes.facecolor"])
    colors = palette_colors(palette, surface)
    base = {**settings, **_ALWAYS, "axes.prop_cycle": cycler(color=colors)}
    return Theme(
        roles=_ON_DARK if is_dark(surface) else _ON_LIGHT,
        colors=tuple(colors),
        base={**base, "font.family": families()},
        text=to_hex(settings["text.color"]),
        surface=surface,
        grid=to_hex(settings["grid.color"]),
    )


def _own(surface: str, text: str, grid: str, edge: str) -> dict[str, Any]:
    """The settings of a theme of our own."""
    return {
        **_drawn_with(rcParamsDefault),
        "figure.facecolor": surface,
        "axes.facecolor": surface,
        "axes.edgecolor": edge,
        "axes.labelcolor": text,
        "axes.linewidth": 1.0,
        "axes.spines.left": False,
        "axes.grid": True,
        "axes.grid.axis": "y",
        "grid.color": grid,
        "grid.linewidth": 1.0,
        "grid.linestyle": "-",
        "text.color": text,
        "xtick.color": edge,
        "ytick.color": edge,
        "xtick.labelcolor": text,
        "ytick.labelcolor": text,
        "ytick.major.size": 0.0,
        "xtick.major.width": 1.0,
        "image.cmap": "Blues",
    }


def _drawn_with(settings: Any) -> dict[str, Any]:
    """Those of matplotlib's settings that figures are drawn with: no backend, no window."""
    return {
        name: value
        for name, value in dict(settings).items()
        if name.partition(".")[0] in _DRAWN_WITH and name != "savefig.directory"
    }
