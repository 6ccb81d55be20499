"""The epochs of a run as a sequence that makes records when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar, overload

from tachograph._core import Reader
from tachograph.records.epoch_record import EpochRecord
from tachograph.records.instants import moment_of
from tachograph.records.lazy_sequence import LazySequence, read_positions
from tachograph.records.row_origin import Amend, ReadOnlyRow, WritableRow
from tachograph.records.selection import Selectable

__all__ = ["EpochSequence", "epoch_values"]

_T = TypeVar("_T")
_CHUNK_ROWS = 1024
_READ_ONLY = ReadOnlyRow()


class EpochSequence(LazySequence[EpochRecord], Selectable):
    """The epochs of a run, in the order in which they were logged.

    Nothing is held but the handle of the run: a million epochs cost no objects until they are
    asked for. The sequence is live, it grows as the run does. As a whole it is a data frame to
    whatever takes the Arrow PyCapsule interface: ``polars.DataFrame(run.epochs)``.
    """

    __slots__ = ("_amend", "_view")

    _table = "epochs"

    def __init__(self, view: Callable[[], Reader], amend: Amend | None = None) -> None:
        """Makes a sequence over a run.

        Args:
            view: Gives the run's reader, up to date.
            amend: Appends amendments; None makes records read-only.
        """
        self._view = view
        self._amend = amend

    def __len__(self) -> int:
        return self._view().length("epochs")

    @overload
    def __getitem__(self, index: int) -> EpochRecord: ...
    @overload
    def __getitem__(self, index: slice) -> list[EpochRecord]: ...
    def __getitem__(self, index: int | slice) -> EpochRecord | list[EpochRecord]:
        view = self._view()
        n_epochs = view.length("epochs")
        if isinstance(index, slice):
            return read_positions(
                range(n_epochs)[index],
                lambda low, high: list(map(self._record, view.rows("epochs", low, high))),
            )
        try:
            position = range(n_epochs)[index]
        except IndexError:
            message = f"epoch position {index} is out of range; {n_epochs} epochs are recorded"
            raise IndexError(message) from None
        return self._record(view.rows("epochs", position, position + 1)[0])

    def __iter__(self) -> Iterator[EpochRecord]:
        start = 0
        while True:
            view = self._view()
            rows = view.rows("epochs", start, min(start + _CHUNK_ROWS, view.length("epochs")))
            if not rows:
                return
            yield from map(self._record, rows)
            start += len(rows)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, list | tuple | EpochSequence):
            return NotImplemented
        return len(self) == len(other) and all(
            mine == theirs for mine, theirs in zip(self, other, strict=False)
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        n_epochs = len(self)
        if not n_epochs:
            return "<EpochSequence: no epochs>"
        return f"<EpochSequence: {n_epochs} epochs, labels {self[0].epoch} to {self[-1].epoch}>"

    @overload
    def get(self, epoch: int) -> EpochRecord | None: ...
    @overload
    def get(self, epoch: int, default: _T) -> EpochRecord | _T: ...
    def get(self, epoch: int, default: Any = None) -> Any:
        """The record of an epoch label.

        Args:
            epoch: The label, as it was logged.
            default: Returned where no epoch has that label.

        Returns:
            The last record with that label.
        """
        position = self._view().last_with_label("epochs", epoch)
        return default if position is None else self[position]

    def _record(self, row: dict[str, Any]) -> EpochRecord:
        values = epoch_values(row)
        if self._amend is None:
            return EpochRecord.from_columns(values, _READ_ONLY)
        origin = WritableRow(self._amend, row["seq"])
        for name in ("train_metrics", "val_metrics"):
            values[name] = origin.metrics(name, values[name])
        return EpochRecord.from_columns(values, origin)


def epoch_values(row: dict[str, Any]) -> dict[str, Any]:
    """The twelve fields of a record, out of a row as the core gives it."""
    fields = row["fields"]
    train_loss = fields.get("train_loss")
    return {
        "epoch": row["label"],
        "timestamp": moment_of(row["wall_micros"]),
        # Only a damaged or foreign log has an epoch without a train loss.
        "train_loss": float("nan") if train_loss is None else train_loss,
        "val_loss": fields.get("val_loss"),
        "train_metrics": row["train"],
        "val_metrics": row["val"],
        "learning_rate": _or_zero(fields.get("learning_rate")),
        "epoch_time": _or_zero(fields.get("epoch_time")),
        "memory_usage": fields.get("memory_usage"),
        "gradient_norm": fields.get("gradient_norm"),
        "is_best": bool(fields.get("is_best")),
        "sample_predictions": fields.get("sample_predictions") or {},
    }


def _or_zero(value: float | None) -> float:
    return 0.0 if value is None else value
