"""Curves as an inline SVG, made by hand so that no library need be loaded for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from tachograph.curves import Curve, unit_of
from tachograph.notebook.markup import escaped
from tachograph.overview.wording import number

__all__ = ["COLOURS", "chart"]

# Blue and orange that differ for every kind of colour vision and are seen on white and on black.
COLOURS = ("#3a84c9", "#dd7a2b")

_WIDTH = 420
_HEIGHT = 150
_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 8, 20, 20
_N_POINTS = 400
_NAME_CHARS = 28
_UNIT_CHARS = 12
_FONT = 'font-size="11" font-family="system-ui,sans-serif" fill="currentColor"'


def chart(curves: Sequence[Curve]) -> str:
    """Draws curves into one frame; those without any finite value are named and not drawn.

    Args:
        curves: At most as many as there are colours, of one axis.
    """
    drawn = [curve.thinned(_N_POINTS) for curve in curves]
    size = f'width="{_WIDTH}" height="{_HEIGHT}" viewBox="0 0 {_WIDTH} {_HEIGHT}"'
    style = 'role="img" style="max-width:100%;color:inherit"'
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" {size} {style}>', *_legend(drawn)]
    points = [(curve, np.isfinite(curve.y)) for curve in drawn]
    known = [(curve, mask) for curve, mask in points if mask.any()]
    if known:
        frame = _Frame(
            np.concatenate([curve.x[mask] for curve, mask in known]).astype(np.float64),
            np.concatenate([curve.y[mask] for curve, mask in known]),
        )
        parts += frame.axes(known[0][0].axis.replace("_", " "))
        for at, curve in enumerate(drawn):
            parts += frame.lines(curve, COLOURS[at % len(COLOURS)])
    return "".join([*parts, "</svg>"])


def _legend(curves: Sequence[Curve]) -> Iterator[str]:
    left = _LEFT
    for at, curve in enumerate(curves):
        unit = unit_of(curve.name)  # of the name's own words, so foreign text as well
        name = escaped(curve.name, max_chars=_NAME_CHARS)
        name += "" if unit is None else f" ({escaped(unit, max_chars=_UNIT_CHARS)})"
        yield (
            f'<line x1="{left}" x2="{left + 14}" y1="9" y2="9" '
            f'stroke="{COLOURS[at % len(COLOURS)]}" stroke-width="2"/>'
            f'<text x="{left + 19}" y="13" {_FONT}>{name}</text>'
        )
        left += (_WIDTH - _LEFT) // 2


class _Frame:
    """From values to places; halves, so that no difference of two floats overflows."""

    def __init__(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> None:
        self._x = float(x.min()), float(x.max())
        self._y = float(y.min()), float(y.max())

    def axes(self, axis: str) -> Iterator[str]:
        """Lines at the lowest and the highest value, with what they are; the ends of x."""
        right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
        levels = {_TOP: self._y[1], bottom: self._y[0]}
        if self._y[0] == self._y[1]:
            levels = {(_TOP + bottom) // 2: self._y[0]}
        for place, value in levels.items():
            yield (
                f'<line x1="{_LEFT}" x2="{right}" y1="{place}" y2="{place}" '
                'stroke="currentColor" stroke-opacity=".25"/>'
                f'<text x="{_LEFT - 5}" y="{place + 4}" text-anchor="end" '
                f'{_FONT} opacity=".75">{value:.4g}</text>'
            )
        low, high = (_label(value) for value in self._x)
        yield f'<text x="{_LEFT}" y="{_HEIGHT - 5}" {_FONT} opacity=".75">{axis} {low}</text>'
        if low != high:
            yield (
                f'<text x="{right}" y="{_HEIGHT - 5}" text-anchor="end" {_FONT} '
                f'opacity=".75">{high}</text>'
            )

    def lines(self, curve: Curve, colour: str) -> Iterator[str]:
        """A line for each stretch without a gap; a dot for a point between two gaps."""
        finite = np.isfinite(curve.y)
        across = _places(curve.x.astype(np.float64), self._x, (_LEFT, _WIDTH - _RIGHT))
        down = _places(np.where(finite, curve.y, 0.0), self._y, (_HEIGHT - _BOTTOM, _TOP))
        edges = np.flatnonzero(np.diff(np.concatenate([[False], finite, [False]])))
        for start, stop in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
            if stop - start == 1:
                place = f'cx="{across[start]:.1f}" cy="{down[start]:.1f}"'
                yield f'<circle {place} r="2" fill="{colour}"/>'
                continue
            points = " ".join(
                f"{x:.1f},{y:.1f}"
                for x, y in zip(across[start:stop].tolist(), down[start:stop].tolist(), strict=True)
            )
            yield (
                f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.5" '
                'stroke-linejoin="round"/>'
            )


def _places(
    values: NDArray[np.float64], ends: tuple[float, float], room: tuple[float, float]
) -> NDArray[np.float64]:
    (low, high), (first, last) = ends, room
    half = high / 2 - low / 2
    if half == 0:
        return np.full(len(values), (first + last) / 2)
    share: NDArray[np.float64] = (values / 2 - low / 2) / half
    return first + share * (last - first)


def _label(value: float) -> str:
    return f"{int(value):,}" if value.is_integer() else number(value)
