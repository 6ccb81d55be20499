"""The checkpoint of the epoch that validated best."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tachograph._optional import require
from tachograph.export.target import writing

if TYPE_CHECKING:
    import torch

__all__ = ["BestCheckpoint"]


class BestCheckpoint:
    """Keeps the model whenever the validation accuracy improves; the first epoch always counts.

    The file holds `epoch`, `model`, `optimizer`, `config`, `train_metrics`, `val_metrics` and
    `best_val_acc`: tensors and plain values, so that
    ``torch.load(path, weights_only=True)`` takes it. It is whole under its name at any time.

    Attributes:
        path: The file.
        epoch: The epoch that is kept; None before the first.
        val_acc: Its validation accuracy; NaN before the first.
    """

    path: Path
    epoch: int | None
    val_acc: float

    def __init__(self, path: Path, config: Mapping[str, Any]) -> None:
        """Begins without a best epoch: what an earlier training left is no competitor.

        Args:
            path: The file; its parents are made.
            config: Plain values that say what is trained.
        """
        self.path = path
        self.epoch = None
        self.val_acc = math.nan
        self._config = dict(config)

    def offer(
        self,
        model: torch.nn.Module,
        optimizer: torch.optim.Optimizer,
        train_metrics: Mapping[str, Any],
        val_metrics: Mapping[str, Any],
    ) -> bool:
        """Keeps an epoch if it is better than those before.

        Args:
            model: As it is after the epoch.
            optimizer: Likewise.
            train_metrics: The epoch's; has `epoch`.
            val_metrics: Likewise; `acc` is what is compared. NaN is worse than any number.

        Returns:
            Whether it was kept.

        Raises:
            OSError: The file cannot be written.
        """
        val_acc = float(val_metrics["acc"])
        if self.epoch is not None and not val_acc > self.val_acc and not self._mends(val_acc):
            return False
        content = {
            "epoch": int(train_metrics["epoch"]),
            "model": model.state_dict(),
            "optimizer": optimizer.state_dict(),
            "config": self._config,
            "train_metrics": dict(train_metrics),
            "val_metrics": dict(val_metrics),
            "best_val_acc": val_acc,
        }
        with writing(self.path) as out:
            require("torch", "torch").save(content, out)
        self.epoch, self.val_acc = content["epoch"], val_acc
        return True

    def _mends(self, val_acc: float) -> bool:
        return math.isnan(self.val_acc) and not math.isnan(val_acc)
