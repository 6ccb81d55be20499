"""Figures that belong to nobody's session: made without pyplot, drawn with their own settings."""

from __future__ import annotations

import io
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from tachograph.exceptions import ArgumentTypeError, InvalidArgumentError
from tachograph.export.target import checked_path, writing
from tachograph.plots.theme import Theme

__all__ = ["LARGEST_INCHES", "RunFigure", "new_figure", "new_mosaic", "save_figure"]

_SIDES = 2
LARGEST_INCHES: Final = 200.0
"""The longest side of a figure."""

# It draws with a LaTeX that few have installed.
_NOT_WRITTEN: Final = frozenset({"pgf"})
# rcParams and the filters of warnings are the whole process's: two threads that set and reset them
# in turns would leave those of one figure for good.
_SETTINGS: Final = threading.RLock()


class RunFigure(Figure):
    """A figure that is drawn with the settings it was made with, whoever draws it and when.

    It is registered nowhere: it need not be closed, and no window or backend is chosen for it.
    Notebooks show it.
    """

    def __init__(self, theme: Theme, figsize: tuple[float, float]) -> None:
        """Makes an empty figure of a size in inches."""
        self.theme = theme
        settings: Any = theme.settings(figsize)
        self._settings = settings
        with _SETTINGS, rc_context(settings):
            super().__init__(figsize=figsize, layout="constrained")
            FigureCanvasAgg(self)

    @contextmanager
    def styled(self) -> Iterator[Theme]:
        """The context in which to add to the figure; the caller's settings come back.

        One thread at a time is in it, whatever figure it draws.
        """
        with _SETTINGS, rc_context(self._settings), warnings.catch_warnings():
            # A character that no installed font has is drawn as a box; names may hold anything.
            warnings.filterwarnings("ignore", message=r"(?s)Glyph .* missing from", append=False)
            yield self.theme

    def draw(self, renderer: RendererBase) -> None:
        """Draws with the figure's own settings: ticks are made only now."""
        with self.styled():
            super().draw(renderer)

    def savefig(self, fname: Any, **options: Any) -> None:
        """Writes the figure with its own settings, as `Figure.savefig` does with the caller's."""
        with self.styled():
            super().savefig(fname, **options)

    def _repr_png_(self) -> bytes:
        """What a notebook shows."""
        return _rendered(self, "png")


def new_figure(
    theme: Theme,
    figsize: Any,
    shape: tuple[int, int],
    *,
    n_used: int | None = None,
    least: tuple[float, float] = (0.0, 0.0),
) -> tuple[RunFigure, list[Axes]]:
    """A figure and its axes, row by row.

    Args:
        theme: How it looks.
        figsize: Width and height in inches.
        shape: Rows and columns.
        n_used: How many axes are wanted, where it is fewer than all.
        least: Inches that each of them has at least, in width and height; the figure is made
            larger for it.

    Raises:
        ArgumentTypeError: `figsize` is no pair of numbers.
        InvalidArgumentError: It is not above 0 and at most 200.
    """
    width, height = _checked_size(figsize)
    rows, columns = shape
    width, height = max(width, least[0] * columns), max(height, least[1] * rows)
    figure = RunFigure(theme, (min(width, LARGEST_INCHES), min(height, LARGEST_INCHES)))
    with figure.styled():
        axes = list(figure.subplots(*shape, squeeze=False).flat)
    for unused in axes[n_used:] if n_used is not None else ():
        unused.remove()
    return figure, axes[:n_used]


def new_mosaic(
    theme: Theme, figsize: Any, layout: list[list[str]]
) -> tuple[RunFigure, dict[str, Axes]]:
    """A figure and its axes by the names that the layout gives them."""
    figure = RunFigure(theme, _checked_size(figsize))
    with figure.styled():
        rows: Any = layout
        return figure, figure.subplot_mosaic(rows)


def save_figure(figure: Figure, path: Any) -> Path:
    """Writes a figure; the format is told by the name's ending, and is PNG without one.

    Folders are made, and an older file stays until the new one is whole.

    Raises:
        ArgumentTypeError: `path` is none.
        InvalidArgumentError: There is no such format; the message lists those there are.
        LogIOError: It cannot be written.
    """
    target = checked_path(path, "save_path")
    kind = target.suffix[1:].lower() or "png"
    known = figure.canvas.get_supported_filetypes().keys() - _NOT_WRITTEN
    if kind not in known:
        message = f"save_path must end in {', '.join(sorted(known))}, not {target.suffix!r}"
        raise InvalidArgumentError(message, argument="save_path")
    content = _rendered(figure, kind)
    with writing(target) as out:
        out.write(content)
    return target


def _rendered(figure: Figure, kind: str) -> bytes:
    content = io.BytesIO()
    figure.savefig(content, format=kind)
    return content.getvalue()


def _checked_size(figsize: Any) -> tuple[float, float]:
    try:
        sides = tuple(float(side) for side in figsize)
    except (TypeError, ValueError) as error:
        message = f"figsize must be a pair of inches, not {figsize!r}"
        raise ArgumentTypeError(message, argument="figsize") from error
    if len(sides) != _SIDES or not all(0 < side <= LARGEST_INCHES for side in sides):
        message = f"figsize must be two lengths from above 0 to {LARGEST_INCHES:g} inches"
        raise InvalidArgumentError(f"{message}, not {figsize!r}", argument="figsize")
    return sides[0], sides[1]
