"""What an epoch says, by the names that `Run.history` takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["epoch_values", "numbers_only"]


def epoch_values(
    fields: Mapping[str, Any],
    train: Mapping[str, Any],
    val: Mapping[str, Any],
    *,
    names: Iterable[str],
) -> dict[str, Any]:
    """Fields, then the metrics of both splits.

    Args:
        fields: The epoch's own fields.
        train: Its training metrics.
        val: Its validation metrics.
        names: Which of the fields, in this order; None stands where one is absent.
    """
    values = {name: fields.get(name) for name in names}
    values |= {f"train/{name}": value for name, value in train.items()}
    values |= {f"val/{name}": value for name, value in val.items()}
    return values


def numbers_only(values: Mapping[str, Any]) -> dict[str, float | int]:
    """Those of the values that are numbers."""
    return {name: value for name, value in values.items() if isinstance(value, int | float)}
