"""Where a record came from, and what writing to it does.

What checks a write loads NumPy, and is imported when something is written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from tachograph._core import ROLE_FIELD, ROLE_TRAIN, ROLE_VAL
from tachograph.exceptions import ArgumentTypeError, ReadOnlyRecordError
from tachograph.records.epoch_record import EpochRecord
from tachograph.records.instants import micros_of, moment_of
from tachograph.records.persisted_dict import REMOVED, PersistedDict

__all__ = ["Amend", "ReadOnlyRow", "WritableRow"]

Amend = Callable[[int, int, str, Any], None]

_METRIC_ROLES = {"train_metrics": ROLE_TRAIN, "val_metrics": ROLE_VAL}
_OPTIONAL = frozenset({"val_loss", "memory_usage", "gradient_norm"})


class ReadOnlyRow:
    """A row of a run that was opened for reading: every write is an error."""

    def write(self, record: EpochRecord, name: str, value: Any) -> Any:  # noqa: ARG002 -- the protocol has it
        """Refuses.

        Raises:
            ReadOnlyRecordError: Always.
        """
        raise ReadOnlyRecordError(
            f"{name} of epoch {record.epoch} cannot be changed: the run was opened for reading; "
            "copy.copy(record) gives a record of your own"
        )


class WritableRow:
    """A row of a recorder's run: a write is checked, then appended to the log."""

    __slots__ = ("_amend", "_seq")

    def __init__(self, amend: Amend, seq: int) -> None:
        """Ties to one row.

        Args:
            amend: Appends an amendment: (seq, role, name, value).
            seq: The row's place in the log.
        """
        self._amend = amend
        self._seq = seq

    def write(self, record: EpochRecord, name: str, value: Any) -> Any:
        """Persists one field.

        Returns:
            The value as the record is to hold it.

        Raises:
            ReadOnlyRecordError: The field is the epoch's label.
            ArgumentTypeError: The value has the wrong type.
        """
        if name == "epoch":
            raise ReadOnlyRecordError("the label of a recorded epoch cannot be changed")
        if name in _METRIC_ROLES:
            return self._write_metrics(record, name, value)
        if name == "timestamp":
            return self._write_timestamp(value)
        if name == "sample_predictions":
            from tachograph.records.plain_value import plain_mapping

            stored = plain_mapping(_checked_mapping(value or {}, name), name)
            self._amend(self._seq, ROLE_FIELD, name, stored or None)
            return stored
        checked = _checked_scalar(name, value)
        self._amend(self._seq, ROLE_FIELD, name, checked)
        return checked

    def metrics(self, name: str, content: Mapping[str, Any]) -> PersistedDict:
        """The metrics of this row as a dict whose item writes persist.

        Args:
            name: ``"train_metrics"`` or ``"val_metrics"``.
            content: The metrics.
        """
        return PersistedDict.over(content, partial(self._amend_metrics, name))

    def _write_timestamp(self, value: Any) -> datetime:
        if not isinstance(value, datetime):
            message = f"timestamp must be a datetime, not {type(value).__name__}"
            raise ArgumentTypeError(message, argument="timestamp")
        micros = micros_of(value)
        self._amend(self._seq, ROLE_FIELD, "timestamp", micros)
        return moment_of(micros)

    def _write_metrics(self, record: EpochRecord, name: str, value: Any) -> PersistedDict:
        fresh = dict(_checked_mapping({} if value is None else value, name))
        gone = dict.fromkeys(getattr(record, name).keys() - fresh.keys(), REMOVED)
        self._amend_metrics(name, {**gone, **fresh})
        return self.metrics(name, fresh)

    def _amend_metrics(self, name: str, changes: Mapping[str, Any]) -> None:
        from tachograph.records.plain_value import plain_value

        role = _METRIC_ROLES[name]
        for metric, value in changes.items():
            if not isinstance(metric, str):
                message = f"names in {name} must be str, not {type(metric).__name__}"
                raise ArgumentTypeError(message, argument=name)
            plain = None if value is REMOVED else plain_value(value, f"{name}[{metric!r}]")
            self._amend(self._seq, role, metric, plain)


def _checked_scalar(name: str, value: Any) -> float | bool | None:
    if name == "is_best":
        return bool(value)
    from tachograph.records.exact_number import exact_float, optional_float

    return optional_float(value, name) if name in _OPTIONAL else exact_float(value, name)


def _checked_mapping(value: Any, argument: str) -> Mapping[str, Any]:
    if isinstance(value, Mapping):
        return value
    message = f"{argument} must be a mapping, not {type(value).__name__}"
    raise ArgumentTypeError(message, argument=argument)
