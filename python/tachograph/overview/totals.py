"""How long a training will be, as far as its run says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

__all__ = ["PROGRESS_KEY", "Totals", "totals_of"]

PROGRESS_KEY: Final = "progress"
"""The structured record in which `progress` says how many steps there will be."""

_STEP_KEYS: Final = (
    "total_steps",
    "max_steps",
    "n_steps",
    "num_steps",
    "num_training_steps",
    "max_train_steps",
)
_EPOCH_KEYS: Final = ("epochs", "max_epochs", "n_epochs", "num_epochs", "total_epochs")


@dataclass(frozen=True, slots=True)
class Totals:
    """How many steps and epochs a training will have; None where nobody says."""

    steps: int | None = None
    epochs: int | None = None


def totals_of(
    records: Mapping[str, Any], training_config: Any, *, total_steps: int | None = None
) -> Totals:
    """What is known of a training's length.

    Args:
        records: The run's structured records; what `progress` was told is among them.
        training_config: The configuration; keys of usual names count.
        total_steps: What the caller knows, which comes first.
    """
    told = records.get(PROGRESS_KEY)
    config = training_config if isinstance(training_config, Mapping) else {}
    steps = total_steps
    if steps is None and isinstance(told, Mapping):
        steps = _count(told, ("total_steps",))
    if steps is None:
        steps = _count(config, _STEP_KEYS)
    return Totals(steps, _count(config, _EPOCH_KEYS))


def _count(given: Mapping[Any, Any], keys: tuple[str, ...]) -> int | None:
    for key in keys:
        value = given.get(key)
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value
    return None
