"""One thing that a rule of health has met."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, Self, TypeAlias

__all__ = ["Code", "Finding", "Severity", "Split"]

Code: TypeAlias = Literal[
    "exploding_gradients",
    "vanishing_gradients",
    "gradient_spike",
    "not_finite",
    "loss_spike",
    "divergence",
    "plateau",
    "overfitting",
    "overconfident",
    "underconfident",
    "dead_layer",
    "weights_frozen",
    "weights_erratic",
    "class_dominance",
    "precision_recall_gap",
    "memory_growth",
    "ok",
]
Severity: TypeAlias = Literal["error", "warning", "note"]
Split: TypeAlias = Literal["train", "val"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a rule has met; printed, it is its message with where and how grave.

    Attributes:
        code: What it is.
        severity: ``"error"`` where the training is lost or soon will be, ``"warning"`` where it
            should be looked at, ``"note"`` for what is worth knowing.
        metric: The column's name as recorded, which is data.
        split: Of which data the column tells; None where it is no matter of that.
        step: The step at which it was met; None where an epoch tells it.
        epoch: The epoch that tells it; None where a step does.
        value: What was measured.
        threshold: The limit that it passed, in the unit of the value.
        message: What it is in words.
        advice: What to do, in one sentence.
    """

    code: Code
    severity: Severity
    metric: str
    split: Split | None
    step: int | None
    epoch: int | None
    value: float
    threshold: float
    message: str
    advice: str

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """The finding of a mapping with these fields, as the core and logs have it.

        Args:
            record: The fields by name; others beside them are left out.

        Raises:
            KeyError: A field is missing.
        """
        return cls(**{field.name: record[field.name] for field in fields(cls)})

    def __str__(self) -> str:
        where = f"epoch {self.epoch:,}" if self.step is None else f"step {self.step:,}"
        return f"{self.severity} at {where}: {self.message} ({self.code}). {self.advice}"
