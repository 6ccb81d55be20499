"""One epoch of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from tachograph.exceptions import ArgumentTypeError
from tachograph.records.persisted_dict import PersistedDict

if TYPE_CHECKING:
    from typing import Self

__all__ = ["EpochRecord", "RecordOrigin"]


class RecordOrigin(Protocol):
    """The row of a log that a record was read from."""

    def write(self, record: EpochRecord, name: str, value: Any) -> Any:
        """Persists a new value of a field and returns it as the record is to hold it."""


class _Attached:
    """Room for the origin outside the record's fields, its `vars`, repr, equality and pickle."""

    __slots__ = ("_origin",)

    _origin: RecordOrigin


@dataclass(eq=False)
class EpochRecord(_Attached):
    """What was recorded of one epoch.

    A record that came from a recorder is attached to its row: writing an attribute, or an item of
    `train_metrics` or `val_metrics`, appends an amendment to the log. It is a snapshot: what is
    logged or amended later shows in records that are read later. A record of a read-only run
    refuses writes. One made by hand, copied or unpickled is plain data.

    Two records are equal when all fields are; NaN counts as equal to NaN, and arrays compare by
    type, shape and content.

    Attributes:
        epoch: The label, as it was logged; labels need not start at 0 nor be contiguous.
        timestamp: When it was logged (UTC).
        train_loss: Training loss.
        val_loss: Validation loss, None without validation.
        train_metrics: Training metrics by name; numbers, or structured values as they were given.
        val_metrics: Validation metrics by name.
        learning_rate: Learning rate.
        epoch_time: Duration in seconds.
        memory_usage: Resident memory of the process in MiB, None where it could not be read.
        gradient_norm: L2 norm of the gradients, None where it was not measured.
        is_best: Whether this epoch was the best so far when it was logged.
        sample_predictions: Arrays or lists of examples, empty unless they were given.
    """

    epoch: int
    timestamp: datetime
    train_loss: float
    val_loss: float | None = None
    train_metrics: dict[str, Any] = field(default_factory=dict)
    val_metrics: dict[str, Any] = field(default_factory=dict)
    learning_rate: float = 0.0
    epoch_time: float = 0.0
    memory_usage: float | None = None
    gradient_norm: float | None = None
    is_best: bool = False
    sample_predictions: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Gives None metrics as empty dicts and a NumPy truth value as a bool."""
        for name in ("train_metrics", "val_metrics", "sample_predictions"):
            given = getattr(self, name)
            # A dict of another record would go on writing to that record's row.
            if given is None or isinstance(given, PersistedDict):
                setattr(self, name, dict(given or ()))
        self.is_best = bool(self.is_best)

    @classmethod
    def from_columns(cls, values: dict[str, Any], origin: RecordOrigin | None) -> Self:
        """Makes a record of values that need no check.

        Args:
            values: One value for each field.
            origin: The row that writes go to; None for plain data.
        """
        record = cls.__new__(cls)
        record.__dict__.update(values)
        if origin is not None:
            record.attach(origin)
        return record

    def attach(self, origin: RecordOrigin) -> None:
        """Ties the record to a row, which from now on sees every write."""
        object.__setattr__(self, "_origin", origin)

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in FIELD_NAMES:
            message = f"an epoch record has no field {name!r}; its fields are " + ", ".join(
                FIELD_NAMES
            )
            raise AttributeError(message)
        origin = getattr(self, "_origin", None)
        if origin is not None:
            value = origin.write(self, name, value)
        object.__setattr__(self, name, value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, EpochRecord):
            return NotImplemented
        from tachograph.records.equality import same_value

        return all(same_value(getattr(self, name), getattr(other, name)) for name in FIELD_NAMES)

    __hash__ = None  # type: ignore[assignment]

    def __getstate__(self) -> dict[str, Any]:
        return {
            name: dict(value) if isinstance(value, PersistedDict) else value
            for name, value in self.__dict__.items()
        }

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        if not isinstance(state, Mapping) or not state.keys() <= set(FIELD_NAMES):
            raise ArgumentTypeError("not the state of an epoch record", argument="state")
        self.__dict__.update(state)


FIELD_NAMES = tuple(field.name for field in fields(EpochRecord))
