"""Puts what was read from a file into a writer."""

# ruff: noqa: SLF001 -- what the core's writer offers to the package is private to it

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tachograph._core import Writer
from tachograph.records.epoch_record import EpochRecord
from tachograph.records.instants import micros_of
from tachograph.records.plain_value import plain_mapping

__all__ = ["replay_epochs"]


def replay_epochs(writer: Writer, epochs: Iterable[EpochRecord]) -> None:
    """Appends epochs as they were, flags and timestamps included."""
    for epoch in epochs:
        fields: dict[str, Any] = {
            "train_loss": epoch.train_loss,
            "val_loss": epoch.val_loss,
            "learning_rate": epoch.learning_rate,
            "epoch_time": epoch.epoch_time,
            "memory_usage": epoch.memory_usage,
            "gradient_norm": epoch.gradient_norm,
            "is_best": epoch.is_best,
        }
        writer._append_epoch(
            epoch.epoch,
            micros_of(epoch.timestamp),
            fields,
            _metrics(epoch.train_metrics, "train_metrics"),
            _metrics(epoch.val_metrics, "val_metrics"),
            plain_mapping(epoch.sample_predictions, "sample_predictions") or None,
        )


def _metrics(metrics: dict[str, Any], argument: str) -> dict[str, Any]:
    plain = plain_mapping(metrics, argument)
    return {str(name): value for name, value in plain.items() if value is not None}
