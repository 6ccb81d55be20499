"""A training record out of a JSON file or a pickle, checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tachograph.exceptions import RecordFormatError, TachographError, UnsupportedFormatError
from tachograph.export.json_file import FORMAT_VERSION
from tachograph.recorder.run_ids import new_run_id
from tachograph.records.epoch_record import EpochRecord
from tachograph.records.exact_number import epoch_label, exact_float, optional_float
from tachograph.records.experiment import Experiment
from tachograph.records.instants import instant_from

__all__ = ["RecordDocument", "parse_document"]


@dataclass(frozen=True, slots=True)
class RecordDocument:
    """What a file said of a run.

    Attributes:
        experiment: Name, configurations, beginning.
        environment: The environment as it was saved.
        early_stopping_info: What the training said of its early stopping.
        epochs: The epochs in order.
    """

    experiment: Experiment
    environment: dict[str, Any]
    early_stopping_info: dict[str, Any]
    epochs: list[EpochRecord]


def parse_document(content: Any, path: Path) -> RecordDocument:
    """Checks what a file held and makes records of it.

    Keys that files of older programs lack get their defaults; an instant without a zone is local
    time.

    Args:
        content: The file's content.
        path: The file, for messages.

    Raises:
        RecordFormatError: It is no training record.
        UnsupportedFormatError: A newer version wrote it.
    """
    if not isinstance(content, Mapping) or not isinstance(content.get("epochs"), list | tuple):
        message = f"not a training record (it has no list of epochs): {path}"
        raise RecordFormatError(message, path=path)
    _check_version(content.get("format_version", 1), path)
    try:
        epochs = [_epoch(place, epoch) for place, epoch in enumerate(content["epochs"])]
    except (TachographError, TypeError, ValueError) as error:
        raise RecordFormatError(f"{error}: {path}", path=path) from error
    return RecordDocument(
        experiment=_experiment(content, epochs),
        environment=_mapping(content.get("experiment_metadata")),
        early_stopping_info=_mapping(content.get("early_stopping_info")),
        epochs=epochs,
    )


def _check_version(version: Any, path: Path) -> None:
    # Older programs had no version, or one as text.
    if isinstance(version, int) and version > FORMAT_VERSION:
        message = (
            f"the record has format version {version}, this release reads up to "
            f"{FORMAT_VERSION}; a newer tachograph is needed: {path}"
        )
        raise UnsupportedFormatError(message, path=path)


def _experiment(content: Mapping[str, Any], epochs: list[EpochRecord]) -> Experiment:
    created = instant_from(content.get("created_at"))
    if created is None:
        created = epochs[0].timestamp if epochs else datetime.now(UTC)
    model_config, training_config = content.get("model_config"), content.get("training_config")
    return Experiment(
        name=str(content.get("experiment_name", "")),
        run_id=str(content.get("run_id") or new_run_id()),
        model_config={} if model_config is None else model_config,
        training_config={} if training_config is None else training_config,
        created=created,
    )


def _epoch(place: int, epoch: Any) -> EpochRecord:
    if not isinstance(epoch, Mapping):
        raise ValueError(f"epochs[{place}] is no object")
    missing = [name for name in ("epoch", "train_loss") if name not in epoch]
    if missing:
        raise ValueError(f"epochs[{place}] has no {missing[0]}")
    where = f"epochs[{place}]."
    timestamp = instant_from(epoch.get("timestamp"))
    if timestamp is None and epoch.get("timestamp") is not None:
        raise ValueError(f"{where}timestamp is no instant")
    return EpochRecord(
        epoch=epoch_label(epoch["epoch"], where + "epoch"),
        timestamp=timestamp or datetime.fromtimestamp(0, UTC),
        train_loss=_number(epoch, "train_loss", where, float("nan")),
        val_loss=optional_float(epoch.get("val_loss"), where + "val_loss"),
        train_metrics=_mapping(epoch.get("train_metrics")),
        val_metrics=_mapping(epoch.get("val_metrics")),
        learning_rate=_number(epoch, "learning_rate", where, 0.0),
        epoch_time=_number(epoch, "epoch_time", where, 0.0),
        memory_usage=optional_float(epoch.get("memory_usage"), where + "memory_usage"),
        gradient_norm=optional_float(epoch.get("gradient_norm"), where + "gradient_norm"),
        is_best=bool(epoch.get("is_best")),
        sample_predictions=_mapping(epoch.get("sample_predictions")),
    )


def _number(epoch: Mapping[str, Any], name: str, where: str, otherwise: float) -> float:
    value = epoch.get(name)
    return otherwise if value is None else exact_float(value, where + name)


def _mapping(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {}
