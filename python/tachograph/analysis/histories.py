"""The columns of the epochs as lists."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tachograph._core import ROLE_FIELD, ROLE_TRAIN, ROLE_VAL, Reader
from tachograph.analysis.column_names import EPOCH_FIELDS
from tachograph.exceptions import InvalidArgumentError

__all__ = ["loss_history", "metric_history", "series"]

_CHUNK_ROWS = 1024
_ROLES = {"train": ROLE_TRAIN, "val": ROLE_VAL}
_ALIASES = {"lr": "learning_rate", "time": "epoch_time", "memory": "memory_usage"}


def loss_history(reader: Reader) -> tuple[list[float], list[float]]:
    """Training and validation losses in log order; epochs without validation have no entry."""
    return _field(reader, "train_loss")[1], _field(reader, "val_loss")[1]


def metric_history(reader: Reader, name: str, split: str) -> list[Any]:
    """One entry an epoch, NaN where it lacks the metric; empty where no epoch has it.

    Of validation metrics, only epochs that have any validation metric have an entry.

    Raises:
        InvalidArgumentError: `split` is neither ``"train"`` nor ``"val"``.
    """
    role = _role(split)
    positions, values = _located(reader, role, name)
    if not positions:
        return []
    places = range(reader.length("epochs")) if split == "train" else _places(reader, role)
    by_place = dict(zip(positions, values, strict=True))
    return [by_place.get(place, float("nan")) for place in places]


def series(reader: Reader, name: str, split: str) -> tuple[list[int], list[Any]]:
    """The epochs that have a value, and the values.

    Raises:
        InvalidArgumentError: `split` is neither ``"train"`` nor ``"val"``.
    """
    role = _role(split)
    field = _ALIASES.get(name, f"{split}_loss" if name == "loss" else name)
    if field in EPOCH_FIELDS:
        return _field(reader, field)
    prefix, slash, metric = name.partition("/")
    if slash and prefix in _ROLES and _has(reader, _ROLES[prefix], metric):
        role, name = _ROLES[prefix], metric
    positions, values = _located(reader, role, name)
    labels = reader.index("epochs")[0]
    return [int(labels[at]) for at in positions], values


def _role(split: str) -> int:
    if split in _ROLES:
        return _ROLES[split]
    raise InvalidArgumentError(f"split must be 'train' or 'val', not {split!r}", argument="split")


def _field(reader: Reader, name: str) -> tuple[list[int], list[float]]:
    column = reader.column("epochs", ROLE_FIELD, name)
    if column is None:
        return [], []
    return column[0].tolist(), column[1].tolist()


def _has(reader: Reader, role: int, name: str) -> bool:
    return (role, name) in reader.extra_keys("epochs") or any(
        (role, name) == (known_role, known) for known_role, known, _ in reader.schema("epochs")
    )


def _located(reader: Reader, role: int, name: str) -> tuple[list[int], list[Any]]:
    """The positions of the rows that have the metric, and its values as they were recorded."""
    if (role, name) in reader.extra_keys("epochs"):
        return _structured(reader, role, name)
    column = reader.column("epochs", role, name)
    rows = reader.column_rows("epochs", role, name)
    if column is None or rows is None:
        return [], []
    return rows.tolist(), column[1].tolist()


def _structured(reader: Reader, role: int, name: str) -> tuple[list[int], list[Any]]:
    key = "train" if role == ROLE_TRAIN else "val"
    positions, values = [], []
    for position, row in _rows(reader):
        if name in row[key]:
            positions.append(position)
            values.append(row[key][name])
    return positions, values


def _places(reader: Reader, role: int) -> list[int]:
    """The positions of the rows that have any metric of this role."""
    if any(extra_role == role for extra_role, _ in reader.extra_keys("epochs")):
        key = "train" if role == ROLE_TRAIN else "val"
        return [position for position, row in _rows(reader) if row[key]]
    places: set[int] = set()
    for column_role, name, _ in reader.schema("epochs"):
        if column_role == role and (rows := reader.column_rows("epochs", role, name)) is not None:
            places.update(rows.tolist())
    return sorted(places)


def _rows(reader: Reader) -> Iterator[tuple[int, dict[str, Any]]]:
    n_epochs = reader.length("epochs")
    for start in range(0, n_epochs, _CHUNK_ROWS):
        rows = reader.rows("epochs", start, min(start + _CHUNK_ROWS, n_epochs))
        yield from enumerate(rows, start)
