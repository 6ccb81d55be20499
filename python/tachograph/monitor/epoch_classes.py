"""The classification metrics of an epoch whose number of classes its first batch tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tachograph.exceptions import InvalidArgumentError
from tachograph.monitor.classification import ClassificationMetrics
from tachograph.monitor.classification_totals import ClassificationTotals, Split

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["EpochClasses"]


class EpochClasses:
    """`ClassificationMetrics`, made when they are needed.

    Args:
        num_classes: How many classes; None for as many as the first logits.
        split: Which pass over the data.
    """

    def __init__(self, num_classes: int | None, split: Split) -> None:
        self._split = split
        self._metrics: ClassificationMetrics | None = None
        if num_classes is not None:
            self._metrics = ClassificationMetrics(num_classes, split=split)

    def add(self, logits: Tensor, labels: Tensor, loss: Tensor) -> None:
        """Adds a batch, as `ClassificationMetrics.update`."""
        if self._metrics is None:
            # One logit is that of class 1 of two.
            num_classes = max(2, logits.shape[1]) if logits.ndim > 1 else 2
            self._metrics = ClassificationMetrics(num_classes, split=self._split)
        self._metrics.update(logits, labels, loss)

    def read(self, *, all_ranks: bool) -> tuple[dict[str, Any], ClassificationTotals]:
        """The metrics, and the sums behind them."""
        if self._metrics is None:
            raise InvalidArgumentError("loader gave no batch", argument="loader")
        if all_ranks:
            self._metrics.merge_ranks()
        totals, losses = self._metrics.read()
        return self._metrics.metrics_of(totals, losses), totals
