"""Which curves a notebook shows of a run."""

from __future__ import annotations

from tachograph.curves import Curve, broken_curve, curve_names, table_of
from tachograph.records.queries import RecordQueries

__all__ = ["curve_of", "first_names", "main_curves"]

_LOSSES = ("train_loss", "val_loss")
_MOST = 2
_FEWEST_EPOCHS = 2


def main_curves(run: RecordQueries) -> list[Curve]:
    """The curves that say most: the losses of the epochs, else those of the steps, two at most."""
    epochs = curve_names(run, "epochs")
    losses = [broken_curve(run, name, table="epochs") for name in _LOSSES if name in epochs]
    if any(len(loss) >= _FEWEST_EPOCHS for loss in losses):
        return losses
    steps = curve_names(run, "steps")
    named = [name for name in steps if "loss" in name.casefold()] or steps[:1]
    return [broken_curve(run, name) for name in named[:_MOST]] or losses


def first_names(run: RecordQueries, most: int) -> list[str]:
    """The first few columns, losses before the others, those of the steps where there are any."""
    names = curve_names(run, "steps") or curve_names(run, "epochs")
    return sorted(names, key=lambda name: "loss" not in name.casefold())[:most]


def curve_of(run: RecordQueries, name: str) -> Curve:
    """A column's curve.

    Raises:
        UnknownMetricError: Neither table has it; the message lists near names.
    """
    return broken_curve(run, name, table=table_of(run, name) or "steps")
