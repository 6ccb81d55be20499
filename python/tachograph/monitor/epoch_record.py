"""An epoch's metrics in a record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tachograph.exceptions import InvalidArgumentError

if TYPE_CHECKING:
    from tachograph.recorder import TrainingRecorder

__all__ = ["record_epoch"]

# What `log_epoch` takes by itself.
_OWN_FIELDS = ("loss", "lr", "epoch")


def record_epoch(
    recorder: TrainingRecorder,
    train: Mapping[str, Any],
    val: Mapping[str, Any] | None = None,
    *,
    epoch: int | None = None,
    epoch_time: float = 0.0,
) -> None:
    """Records what `train_one_epoch` and `evaluate` returned as one epoch.

    `loss`, `lr` and `grad_norm_mean` become the record's `train_loss`, `val_loss`, `learning_rate`
    and `gradient_norm`; all other metrics, registered ones too, keep their names.

    Args:
        recorder: Where to.
        train: The training's metrics.
        val: The validation's; None without one.
        epoch: The epoch's number; None for the `epoch` that the metrics hold.
        epoch_time: Duration in seconds.

    Raises:
        InvalidArgumentError: The epoch's number is unknown, or there is no training loss.
    """
    label = train.get("epoch") if epoch is None else epoch
    if label is None:
        message = "epoch must be given: the training's metrics hold none"
        raise InvalidArgumentError(message, argument="epoch")
    if "loss" not in train:
        raise InvalidArgumentError("train must hold a loss", argument="train")
    recorder.log_epoch(
        label,
        train["loss"],
        None if val is None else val.get("loss"),
        _others(train),
        None if val is None else _others(val),
        train.get("lr", 0.0),
        epoch_time,
        train.get("grad_norm_mean"),
    )


def _others(metrics: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in metrics.items() if name not in _OWN_FIELDS}
