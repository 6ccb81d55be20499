"""How well a colour is seen on another (WCAG 2.1, 1.4.3), and colours moved until they are."""

from __future__ import annotations

import colorsys
from typing import Final

from matplotlib.colors import to_hex, to_rgb

__all__ = ["contrast", "is_dark", "legible", "luminance"]

# What WCAG asks of lines and other graphics.
_LEAST: Final = 3.0
_STEPS: Final = 40


def luminance(color: str) -> float:
    """The relative luminance, 0 for black and 1 for white."""
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - sRGB
        for part in to_rgb(color)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, from 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def is_dark(background: str) -> bool:
    """Whether white is seen better on it than black."""
    return contrast(background, "white") > contrast(background, "black")


def legible(color: str, background: str) -> str:
    """The colour, darker or lighter until its contrast to the background is 3; the hue stays."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*to_rgb(color))
    target = 1.0 if is_dark(background) else 0.0
    moved = to_hex(to_rgb(color))
    for step in range(1, _STEPS + 1):
        if contrast(moved, background) >= _LEAST:
            break
        share = step / _STEPS
        moved = to_hex(
            colorsys.hls_to_rgb(hue, lightness + (target - lightness) * share, saturation)
        )
    return moved
