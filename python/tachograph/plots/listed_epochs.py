"""Epochs whose values stand in lists, as a training loop without a recorder keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tachograph.curves import Curve
from tachograph.plots.history import Best, Split

__all__ = ["ListedEpochs"]

# The lists' names, by what the panels call their contents.
_FIELDS: Final = {"learning_rate": "learning_rates", "gradient_norm": "grad_norms"}


class ListedEpochs:
    """Lists with an element for each epoch, counted from 1; what has no list was not recorded."""

    def __init__(self, lists: Mapping[str, NDArray[np.float64]], name: str = "") -> None:
        """Keeps the lists.

        Args:
            lists: Arrays of one dimension under ``"train_loss"``, ``"val_loss"``,
                ``"train_metric"``, ``"val_metric"``, ``"learning_rates"``, ``"grad_norms"``.
            name: What to call them in a legend.
        """
        self.name = name
        self._lists = lists

    def curve(self, name: str) -> Curve | None:
        """A field's curve, or a list's; None if there is none."""
        values = self._lists.get(_FIELDS.get(name, name))
        if values is None or not len(values):
            return None
        return Curve(name, "epoch", np.arange(1, len(values) + 1), values)

    def losses(self) -> dict[Split, Curve]:
        """The curves of the loss by split."""
        return self._splits("loss")

    def metric(self, name: str) -> dict[Split, Curve]:  # noqa: ARG002 -- there is but one
        """The curves of the metric by split, whatever it is called."""
        return self._splits("metric")

    def has_arrays(self, name: str) -> bool:  # noqa: ARG002 -- there are none
        """No: the values are numbers."""
        return False

    @cached_property
    def best(self) -> Best | None:
        """The epoch with the lowest validation loss, or training loss where there is no other."""
        losses = self.losses()
        split: Split = "val" if "val" in losses else "train"
        curve = losses.get(split)
        if curve is None or np.isnan(curve.y).all():
            return None
        index = int(np.nanargmin(curve.y))
        return Best(index + 1, float(curve.y[index]), split)

    def _splits(self, what: str) -> dict[Split, Curve]:
        found: dict[Split, Curve | None] = {
            "train": self.curve(f"train_{what}"),
            "val": self.curve(f"val_{what}"),
        }
        return {split: one for split, one in found.items() if one is not None}
