"""The summary of a run's epochs."""

from __future__ import annotations

from typing import Any

from tachograph._core import Reader

__all__ = ["best_validation_loss", "stability", "training_summary"]


def training_summary(reader: Reader) -> dict[str, Any]:
    """Counts, times, the best epoch and the analyses; plain Python types throughout.

    Returns:
        `total_epochs`; `total_time` and `avg_epoch_time` in seconds; `best_epoch` (label),
        `best_train_loss` and `best_val_loss` of the best epoch's record (None where it has none);
        `final_learning_rate`; `convergence_info`; `stability_analysis`. Empty without epochs.
    """
    n_epochs = reader.length("epochs")
    if not n_epochs:
        return {}
    total_time = reader.field_total("epoch_time")
    losses = reader.losses()
    best = losses["best"]
    best_fields = {} if best is None else _fields(reader, best[0])
    return {
        "total_epochs": n_epochs,
        "total_time": total_time,
        "avg_epoch_time": total_time / n_epochs,
        "best_epoch": None if best is None else best[1],
        "best_train_loss": best_fields.get("train_loss"),
        "best_val_loss": best_fields.get("val_loss"),
        "final_learning_rate": _fields(reader, n_epochs - 1).get("learning_rate", 0.0),
        "convergence_info": losses["convergence"],
        "stability_analysis": losses["stability"],
    }


def stability(reader: Reader) -> dict[str, Any]:
    """Trends, volatilities, overfitting and convergence; empty for fewer than two epochs."""
    found: dict[str, Any] = reader.losses()["stability"]
    return found


def best_validation_loss(reader: Reader) -> float:
    """The validation loss of the best epoch, +inf while none has one to compare."""
    best = reader.best()
    loss = None if best is None else _fields(reader, best[0]).get("val_loss")
    return float("inf") if loss is None else float(loss)


def _fields(reader: Reader, position: int) -> dict[str, Any]:
    fields: dict[str, Any] = reader.rows("epochs", position, position + 1)[0]["fields"]
    return fields
