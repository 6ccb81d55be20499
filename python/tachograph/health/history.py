"""Histories by epoch, in any of the shapes that programs keep them in, as the rules take them."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tachograph.exceptions import ArgumentTypeError, LogIOError, RecordFormatError

__all__ = ["EpochValues", "epochs_of"]

_FIELDS: Final = frozenset(
    {
        "train_loss",
        "val_loss",
        "learning_rate",
        "epoch_time",
        "memory_usage",
        "gradient_norm",
    }
)
_LOSSES: Final = frozenset({"loss", "train_loss", "val_loss"})
_INFINITIES: Final = ("Infinity", "-Infinity")
"""What strict JSON, which has no such numbers, writes for them."""


@dataclass(frozen=True, slots=True)
class EpochValues:
    """What a history says of an epoch: its label, the record's own fields, metrics by split."""

    epoch: int
    fields: dict[str, float] = field(default_factory=dict)
    train: dict[str, float] = field(default_factory=dict)
    val: dict[str, float] = field(default_factory=dict)


def epochs_of(history: Any) -> list[EpochValues]:
    """The epochs of a history, in its order.

    Args:
        history: As `tachograph.health.diagnose` takes it.

    Raises:
        ArgumentTypeError: It is none.
        RecordFormatError: The file is not JSON of one.
        LogIOError: The file cannot be read.
    """
    if isinstance(history, str | os.PathLike):
        return epochs_of(_read(Path(history)))
    if isinstance(history, Mapping):
        return list(_of_splits(history))
    if isinstance(history, Sequence) and not isinstance(history, bytes | bytearray):
        return [_of_row(row, at) for at, row in enumerate(_rows(history, "history"), 1)]
    message = (
        'history must be a mapping {"train": [...], "val": [...]}, a list of dicts by epoch, or '
        f"the path of such a JSON file, not {type(history).__name__}"
    )
    raise ArgumentTypeError(message, argument="history")


def _read(path: Path) -> Any:
    try:
        history = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        message = f"cannot read the history {path}: {error.strerror}"
        raise LogIOError(error.errno, message, str(path)) from error
    except (ValueError, RecursionError) as error:
        message = f"not JSON of a training history: {error}: {path}"
        raise RecordFormatError(message, path=path) from error
    try:
        epochs_of([] if isinstance(history, str) else history)
    except ArgumentTypeError as error:
        raise RecordFormatError(f"no training history: {error}: {path}", path=path) from error
    if isinstance(history, str):
        raise RecordFormatError(f"no training history, but a text: {path}", path=path)
    return history


def _of_splits(history: Mapping[Any, Any]) -> Iterator[EpochValues]:
    """Epochs of `{"train": [...], "val": [...]}`: rows of one label belong together."""
    if not ("train" in history or "val" in history):
        names = ", ".join(sorted(map(str, history))[:5]) or "nothing"
        message = f'history must have "train" or "val", each a list of dicts; it has {names}'
        raise ArgumentTypeError(message, argument="history")
    epochs: dict[int, EpochValues] = {}
    for split in ("train", "val"):
        rows = history.get(split)
        for at, row in enumerate(_rows([] if rows is None else rows, f'history["{split}"]'), 1):
            label = _label(row, at)
            values = epochs.setdefault(label, EpochValues(label))
            getattr(values, split).update(_numbers(row))
    yield from sorted(epochs.values(), key=lambda values: values.epoch)


def _of_row(row: Mapping[str, Any], at: int) -> EpochValues:
    """An epoch of one dict: fields and metrics side by side, or metrics in dicts of their own."""
    values = EpochValues(_label(row, at))
    for split, metrics in (("train", values.train), ("val", values.val)):
        nested = row.get(f"{split}_metrics", row.get(split))
        if isinstance(nested, Mapping):
            metrics.update(_numbers(nested))
    for name, number in _numbers(row).items():
        if name in _FIELDS:
            values.fields[name] = number
        elif name.startswith(("val_", "val/")):
            values.val[name[4:]] = number
        elif name.startswith(("train_", "train/")):
            values.train[name[6:]] = number
        else:
            values.train[name] = number
    return values


def _rows(rows: Any, what: str) -> Iterator[Mapping[str, Any]]:
    if not isinstance(rows, Sequence) or isinstance(rows, str | bytes | bytearray):
        message = f"{what} must be a list of dicts, one an epoch, not {type(rows).__name__}"
        raise ArgumentTypeError(message, argument="history")
    for row in rows:
        if not isinstance(row, Mapping):
            message = f"{what} must hold a dict for each epoch, not {type(row).__name__}"
            raise ArgumentTypeError(message, argument="history")
        yield row


def _label(row: Mapping[str, Any], at: int) -> int:
    """The epoch's own label, or its place from 1 where it has none that is whole."""
    label = _number(row.get("epoch"))
    is_whole = label is not None and label.is_integer() and abs(label) < 2.0**62
    return int(label) if is_whole and label is not None else at


def _numbers(row: Mapping[Any, Any]) -> dict[str, float]:
    """The numbers by name; null, NaN and what is no number are gaps.

    A loss that is NaN is none: it was measured, and is what it is.
    """
    numbers: dict[str, float] = {}
    for name, value in row.items():
        number = _number(value)
        if number is None or (math.isnan(number) and name not in _LOSSES):
            continue
        if isinstance(name, str) and name != "epoch":
            numbers[name] = number
    return numbers


def _number(value: Any) -> float | None:
    if isinstance(value, str) and value in _INFINITIES:
        return float(value)
    if isinstance(value, bool | str | bytes | None) or not hasattr(value, "__float__"):
        return None
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError, RuntimeError):
        return None  # an array of several elements, an integer beyond every float
