"""A metric's course over many steps: as recorded, between which bounds, and smoothed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from matplotlib.axes import Axes

from tachograph.curves import Curve, unit_of
from tachograph.plots.bounds import within
from tachograph.plots.lines import draw_curve
from tachograph.plots.panels.frame import legend, logarithmic, say, set_up
from tachograph.plots.theme import Theme
from tachograph.plots.words import shown

__all__ = ["draw_course"]

# Fewer points than this are seen one by one, and need no band.
_MANY: Final = 600
_BINS: Final = 400
_TIME_UNITS: Final = (("d", 86400.0), ("h", 3600.0), ("min", 60.0), ("s", 1.0))


def draw_course(
    axes: Axes,
    title: str,
    curves: Sequence[tuple[str, Curve]],
    theme: Theme,
    *,
    smoothing: float = 0.0,
    is_logarithmic: bool = False,
    colors: Sequence[str] = (),
    note: str = "",
) -> None:
    """Curves, each with the band between its lowest and highest values where it has many points.

    Args:
        axes: Where.
        title: Above it.
        curves: A label for the legend, and the curve, each.
        theme: The look.
        smoothing: TensorBoard's weight, 0 for none; the curve as it is stays beneath, paler.
        is_logarithmic: Whether the axis of the values is.
        colors: One for each curve; the theme's if not given.
        note: What stands behind the title; finished text.
    """
    if not curves:
        say(axes, shown(title), "no data", theme)
        return
    unit, unit_secs = _time_unit([curve for _, curve in curves])
    for index, (label, curve) in enumerate(curves):
        if curve.axis == "wall_time":
            curve = replace(curve, x=curve.x / unit_secs)  # noqa: PLW2901 - in the axis' unit
        color = colors[index] if colors else theme.color(index)
        _draw(axes, label, curve, color=color, smoothing=smoothing)
    if is_logarithmic:
        logarithmic(axes)
    first = curves[0][1]
    set_up(axes, shown(title) + note, shown(unit_of(first.name) or ""), axis=first.axis)
    if first.axis == "wall_time":
        axes.set_xlabel(f"Time since start ({unit})")
    if len(curves) > 1:
        legend(axes, theme)


def _draw(axes: Axes, label: str, curve: Curve, *, color: str, smoothing: float) -> None:
    band = curve.band(_BINS) if len(curve) > _MANY else None
    if band is not None:
        axes.fill_between(
            band.x, within(band.low), within(band.high), color=color, alpha=0.16, linewidth=0
        )
    if not smoothing:
        draw_curve(axes, curve, label=label, color=color, linewidth=1.5 if band else None)
        return
    draw_curve(axes, curve, label="_raw", color=color, alpha=0.28, linewidth=0.8)
    if band is not None:  # of single values a picture shows thousands in one place
        curve = Curve(curve.name, curve.axis, band.x, band.mean)
    draw_curve(axes, curve.smoothed(smoothing), label=label, color=color, marker="")


def _time_unit(curves: Sequence[Curve]) -> tuple[str, float]:
    """The unit in which the longest curve's time has few digits, and its seconds."""
    longest = max((float(curve.x[-1]) for curve in curves if len(curve)), default=0.0)
    return next((unit, secs) for unit, secs in _TIME_UNITS if longest >= 2 * secs or secs == 1)
