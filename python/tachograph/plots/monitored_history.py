"""The epochs of a watched training, as the panels of losses and metrics ask for them."""

from __future__ import annotations

import math
from functools import cached_property

from tachograph.curves import Curve
from tachograph.overview.history_summary import BestEpoch, best_of
from tachograph.overview.monitored_epochs import SPLITS, MonitoredEpochs
from tachograph.plots.history import Best, Split

__all__ = ["MonitoredHistory"]


class MonitoredHistory:
    """Epochs as `tachograph.plots.history.Epochs`."""

    def __init__(self, epochs: MonitoredEpochs) -> None:
        """Looks at the epochs."""
        self.name = epochs.name
        self._epochs = epochs

    def curve(self, name: str) -> Curve | None:
        """A curve of the training."""
        return self._epochs.curve("train", name)

    def losses(self) -> dict[Split, Curve]:
        """The curves of the loss by split."""
        return self.metric("loss")

    def metric(self, name: str) -> dict[Split, Curve]:
        """The curves of a metric by split."""
        found = {split: self._epochs.curve(split, name) for split in SPLITS}
        return {split: curve for split, curve in found.items() if curve is not None}

    def has_arrays(self, name: str) -> bool:  # noqa: ARG002 -- what is no number is missing
        """No: what is drawn are numbers."""
        return False

    @cached_property
    def best_epoch(self) -> BestEpoch | None:
        """The best epoch of the validation; see `BestEpoch.by`."""
        return best_of(self._epochs)

    @cached_property
    def best(self) -> Best | None:
        """The best epoch of the validation, as a point of its loss."""
        best = self.best_epoch
        if best is None or best.loss is None or not math.isfinite(best.loss):
            return None
        return Best(best.epoch, best.loss, "val")
