"""What step histories want to show: loss, learning rates, gradient norm, memory, throughput."""

from __future__ import annotations

from typing import Any, Final

from matplotlib.axes import Axes

from tachograph.curves import (
    Axis,
    Curve,
    Record,
    broken_curve,
    curve,
    curve_names,
    is_given,
    role_of,
)
from tachograph.plots.canvas import RunFigure, new_mosaic
from tachograph.plots.figures.sheet import head_and_foot
from tachograph.plots.names import Quantity, quantity_of
from tachograph.plots.panels.course import draw_course
from tachograph.plots.panels.frame import say
from tachograph.plots.theme import Theme
from tachograph.plots.throughput import steps_per_second
from tachograph.plots.words import labelled

__all__ = ["draw_steps"]

_TITLES: Final[dict[Quantity, str]] = {
    "loss": "Loss",
    "learning_rate": "Learning rate",
    "gradient_norm": "Gradient norm",
    "memory": "Memory",
    "throughput": "Throughput",
}
_FIELDS: Final[dict[Quantity, tuple[str, ...]]] = {
    "loss": ("train_loss", "val_loss"),
    "learning_rate": ("learning_rate",),
    "gradient_norm": ("gradient_norm",),
    "memory": ("memory_usage",),
}
_LAYOUT: Final = [
    ["loss"] * 4 + ["learning_rate"] * 2,
    ["gradient_norm"] * 2 + ["memory"] * 2 + ["throughput"] * 2,
]
_MOST: Final = 8
_SMOOTHED: Final = frozenset({"loss", "gradient_norm", "throughput"})


def draw_steps(
    run: Record, theme: Theme, figsize: Any, *, axis: Axis | None, smoothing: float
) -> RunFigure:
    """Five panels over the steps; what a name measures is told by `plots.names`."""
    figure, panels = new_mosaic(theme, figsize, _LAYOUT)
    groups: dict[Quantity, list[str]] = {quantity: [] for quantity in _TITLES}
    for name in curve_names(run, "steps"):
        quantity = quantity_of(name)
        if quantity is not None:
            groups[quantity].append(name)
    with figure.styled():
        for quantity, names in groups.items():
            curves = [broken_curve(run, name, axis=axis) for name in names[:_MOST]]
            weight = smoothing if quantity in _SMOOTHED else 0.0
            _draw_group(
                panels[quantity],
                quantity,
                _measured(run, quantity, curves, axis),
                theme,
                smoothing=weight,
                note=f" (first {_MOST} of {len(names)})" if len(names) > _MOST else "",
            )
        head_and_foot(figure, "Steps", [run])
    return figure


def _measured(
    run: Record, quantity: Quantity, curves: list[Curve], axis: Axis | None
) -> list[Curve]:
    """The curves of the steps; where there are none, what the epochs or the rows' clock tell."""
    if curves:
        return curves
    if quantity == "throughput":
        told = steps_per_second(run, axis)
        return [] if told is None else [told]
    known = curve_names(run, "epochs")
    return [
        broken_curve(run, name, table="epochs", axis=axis or "step")
        for name in _FIELDS[quantity]
        if name in known and is_given(curve(run, name, table="epochs"), "epochs")
    ]


def _draw_group(
    axes: Axes,
    quantity: Quantity,
    curves: list[Curve],
    theme: Theme,
    *,
    smoothing: float,
    note: str,
) -> None:
    """All curves of one quantity in its panel."""
    title = _TITLES[quantity]
    if not curves:
        say(axes, title, f"no {title.lower()} among the steps", theme)
        return
    draw_course(
        axes,
        title,
        [(labelled(one.name), one) for one in curves],
        theme,
        smoothing=smoothing,
        is_logarithmic=quantity == "gradient_norm",
        colors=_colors(quantity, curves, theme),
        note=note,
    )


def _colors(quantity: Quantity, curves: list[Curve], theme: Theme) -> list[str]:
    """Training and validation in their own colours, one curve alone in one, several in many."""
    roles = theme.roles
    if quantity == "loss":
        splits = [role_of(one.name) for one in curves]
        if splits.count("val") <= 1 and splits.count("train") <= 1:
            own = {"val": roles.validation, "train": roles.train}
            return [own.get(split, theme.color(at)) for at, split in enumerate(splits)]
    if len(curves) == 1:
        return [roles.other]
    return [theme.color(index) for index in range(len(curves))]
