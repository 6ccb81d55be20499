"""One field of the epochs: learning rate, time, memory, gradient norm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from matplotlib.axes import Axes

from tachograph.plots.history import Epochs
from tachograph.plots.lines import draw_curve
from tachograph.plots.panels.frame import legend, logarithmic, say, set_up
from tachograph.plots.theme import Theme
from tachograph.plots.words import with_unit

__all__ = ["draw_field"]


@dataclass(frozen=True, slots=True)
class _Words:
    title: str
    absent: str
    is_logarithmic: bool = False


_FIELDS: Final = {
    "learning_rate": _Words("Learning rate", "no learning rate recorded"),
    "epoch_time": _Words("Time per epoch", "no epoch times recorded"),
    "memory_usage": _Words("Memory", "no memory recorded"),
    "gradient_norm": _Words("Gradient norm", "no gradient norm recorded", is_logarithmic=True),
}


def draw_field(axes: Axes, histories: Sequence[Epochs], name: str, theme: Theme) -> None:
    """A field by epoch.

    Args:
        axes: Where.
        histories: The epochs of each run.
        name: ``"learning_rate"``, ``"epoch_time"``, ``"memory_usage"`` or ``"gradient_norm"``.
        theme: The look.
    """
    words = _FIELDS[name]
    found = [(index, history, history.curve(name)) for index, history in enumerate(histories)]
    if all(curve is None for _, _, curve in found):
        say(axes, words.title, words.absent, theme)
        return
    for index, history, curve in found:
        if curve is not None:
            color = theme.roles.other if len(histories) == 1 else theme.color(index)
            draw_curve(axes, curve, label=history.name, color=color)
    if words.is_logarithmic:
        logarithmic(axes)
    set_up(axes, words.title, with_unit(words.title, name))
    if len(histories) > 1:
        legend(axes, theme)
