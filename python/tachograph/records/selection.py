"""Some columns and rows of a table, or all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from tachograph._core import ROLE_FIELD, Frame, Reader
from tachograph.analysis.column_names import (
    EPOCH_FIELDS,
    LEADING,
    Table,
    column_key,
    unknown_metric,
)
from tachograph.exceptions import InvalidArgumentError
from tachograph.records.checked_names import checked_names
from tachograph.records.frame_exports import FrameExports

__all__ = ["Selectable", "Selection"]

# What each table has as a leading column only where it is asked for.
_ASKED_FOR = {"epochs": "attempt", "steps": "epoch"}


class Selection(FrameExports):
    """Chosen columns and labels of a table, as data frames.

    Nothing is read until it is asked for; then only those columns are, of those blocks that may
    hold such labels. The leading columns (`step`, `attempt`, `wall_time`; `epoch`, `timestamp`)
    are always there. The rows are those of the whole frame, merged by the same rule whatever
    columns are chosen: where none of the chosen ones was recorded, they are null.
    """

    __slots__ = ("_columns", "_range", "_raw", "_table", "_view")

    def __init__(
        self,
        view: Callable[[], Reader],
        table: Table,
        columns: Iterable[str] | None = None,
        *,
        start: int | None = None,
        stop: int | None = None,
        raw: bool = False,
    ) -> None:
        """Chooses.

        Args:
            view: Gives the run's reader, up to date.
            table: ``"steps"`` or ``"epochs"``.
            columns: Names as `Run.history` takes them, in the order in which they are wanted;
                None for all.
            start: The least label; None for no bound.
            stop: The label that all are less than; None for no bound.
            raw: Whether rows of one step stay apart.

        Raises:
            ArgumentTypeError: An argument has the wrong type.
            InvalidArgumentError: A column comes twice.
            UnknownMetricError: The table has no such column; the message lists near names.
        """
        from tachograph.records.exact_number import epoch_label

        self._view = view
        self._table = table
        self._columns = None if columns is None else _checked(columns)
        self._range = {
            name: bound if bound is None else epoch_label(bound, name)
            for name, bound in (("start", start), ("stop", stop))
        }
        self._raw = raw
        self._keys(view())

    def __len__(self) -> int:
        return len(self._frame())

    def __repr__(self) -> str:
        start, stop = self._range["start"], self._range["stop"]
        bounds = "" if start is None and stop is None else f", start={start}, stop={stop}"
        columns = "all columns" if self._columns is None else ", ".join(map(repr, self._columns))
        return f"<Selection of {self._table}: {columns}{bounds}>"

    @property
    def columns(self) -> list[str]:
        """The names of the frame's columns."""
        return self._frame().names()

    def _frame(self) -> Frame:
        reader = self._view()
        keys = self._keys(reader)
        return reader.frame(self._table, keys, **self._range, raw=self._raw)

    def _keys(self, reader: Reader) -> list[tuple[int, str]] | None:
        """The columns as the core knows them."""
        if self._columns is None:
            return None
        known = {(role, name) for role, name, _ in reader.schema(self._table)}
        known.update(reader.extra_keys(self._table))
        keys = []
        for name in self._columns:
            key = column_key(self._table, name)
            is_field = self._table == "epochs" and name in EPOCH_FIELDS
            if key is not None and (is_field or key in known):
                keys.append(key)
            elif name == _ASKED_FOR[self._table]:
                keys.append((ROLE_FIELD, name))
            elif name not in LEADING[self._table]:  # which come along without being asked for
                raise unknown_metric(reader, self._table, name, of_any_type=True)
        return keys


class Selectable(FrameExports):
    """A whole table as data frames, of which some columns and rows can be chosen."""

    __slots__ = ()

    _table: ClassVar[Table]
    _view: Callable[[], Reader]

    def _is_raw(self) -> bool:
        """Whether rows of one step stay apart."""
        return False

    def select(
        self,
        columns: Iterable[str] | None = None,
        *,
        start: int | None = None,
        stop: int | None = None,
    ) -> Selection:
        """Some columns and rows, as data frames.

        Args:
            columns: In the order in which they are wanted; None for all. Of steps names of metrics,
                and ``"epoch"`` (null behind the last epoch, and before lost rows); of epochs
                ``"train_loss"`` and so on, ``"train/<metric>"``, ``"val/<metric>"``, and
                ``"attempt"``. The leading columns come along, named or not; a step's metric that
                is called like one of them is what its name means.
            start: The least step or epoch; None for no bound.
            stop: The step or epoch that all are less than; None for no bound.

        Raises:
            ArgumentTypeError: An argument has the wrong type.
            InvalidArgumentError: A column comes twice.
            UnknownMetricError: There is no such column; the message lists near names.
        """
        return Selection(
            self._view, self._table, columns, start=start, stop=stop, raw=self._is_raw()
        )

    def _frame(self) -> Frame:
        return self._view().frame(self._table, raw=self._is_raw())


def _checked(columns: Any) -> list[str]:
    names = checked_names(columns, "columns")
    for name in names:
        if names.count(name) > 1:
            raise InvalidArgumentError(f"columns has {name[:200]!r} twice", argument="columns")
    return names
