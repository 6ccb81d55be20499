"""A run's columns as curves."""

# ruff: noqa: SLF001 -- the columns behind a run's methods

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from tachograph.analysis.arrays import one_of
from tachograph.analysis.column_names import Table, check_table, column_key, column_names
from tachograph.analysis.named_column import named_column
from tachograph.curves.curve import Axis, Curve
from tachograph.curves.lost_rows import with_lost_rows
from tachograph.curves.other_axis import epochs_of_steps, steps_of_epochs
from tachograph.records.queries import RecordQueries

__all__ = ["broken_curve", "curve", "curve_names", "is_given", "table_of"]

_OWN_AXES: dict[str, Axis] = {"steps": "step", "epochs": "epoch"}
# A flag, which says nothing as a curve.
_NO_CURVE = frozenset({"is_best"})
# Fields of the epochs that are 0.0 where the loop said nothing.
_ZERO_IF_NOT_GIVEN = frozenset({"learning_rate", "epoch_time"})
_MICROS = 1e6


def curve_names(run: RecordQueries, table: str) -> list[str]:
    """The names of all columns of numbers, in first-seen order, as `curve` takes them.

    Args:
        run: A recorder or a run.
        table: ``"steps"`` or ``"epochs"``.

    Raises:
        InvalidArgumentError: There is no such table.
    """
    names = column_names(run._columns(), check_table(table))
    return [name for name in names if table == "steps" or name not in _NO_CURVE]


def table_of(run: RecordQueries, name: str) -> Table | None:
    """The table that has a column; the steps, where both have one of that name."""
    tables: tuple[Table, ...] = ("steps", "epochs")
    return next((table for table in tables if name in curve_names(run, table)), None)


def is_given(found: Curve, table: str) -> bool:
    """Whether anybody said a value: an epoch's learning rate and time are 0.0 where nobody did.

    Args:
        found: The whole curve.
        table: Whose column it is.
    """
    is_zero_else = table == "epochs" and found.name in _ZERO_IF_NOT_GIVEN
    return len(found) > 0 and not (is_zero_else and not np.any(found.y))


def curve(
    run: RecordQueries, name: str, *, table: str = "steps", axis: Axis | None = None
) -> Curve:
    """The course of one metric.

    Args:
        run: A recorder or a run.
        name: A column's name, as `Run.history` takes it.
        table: ``"steps"`` or ``"epochs"``.
        axis: What x counts. ``"step"``: for an epoch the last step before it. ``"epoch"``: for a
            step a fraction, such that the last step before an epoch stands at its label.
            ``"wall_time"``: seconds since the run's first row. None is the table's own, as is the
            other table's axis where that table is empty.

    Returns:
        The curve, by ascending x; points of equal x in log order.

    Raises:
        UnknownMetricError: There is no such column; the message lists near names.
        InvalidArgumentError: There is no such table, or no such axis.
        ArgumentTypeError: `name` is no str.
    """
    return _read(run, name, table, axis)[0]


def broken_curve(
    run: RecordQueries, name: str, *, table: str = "steps", axis: Axis | None = None
) -> Curve:
    """The same as it is drawn: with a NaN where damage took all rows between two points.

    Args:
        run: As `curve` takes it.
        name: Likewise.
        table: Likewise.
        axis: Likewise.

    Raises:
        UnknownMetricError: There is no such column; the message lists near names.
        InvalidArgumentError: There is no such table, or no such axis.
        ArgumentTypeError: `name` is no str.
    """
    found, labels = _read(run, name, table, axis)
    # Asked now: damage comes to light when the damaged part is read.
    damage = run._columns().report()["damage"]
    return with_lost_rows(found, labels, check_table(table), damage)


def _read(
    run: RecordQueries, name: str, table: str, axis: Axis | None
) -> tuple[Curve, NDArray[np.int64]]:
    """A curve, and each point's label on the axis of its own table."""
    own = _OWN_AXES[check_table(table)]
    wanted = own if axis is None else one_of(axis, "axis", ("step", "epoch", "wall_time"))
    reader = run._columns()  # once: asked again, a run that goes on has more rows
    labels, values = named_column(reader, name, table)
    x: NDArray[Any] | None = labels
    if wanted == "wall_time":
        x = _seconds(reader, name, table)
    elif wanted != own:
        x = _on_other(reader, name, table)
    shown: Axis = own
    if x is None:
        x = labels
    elif wanted != own:
        shown = "wall_time" if wanted == "wall_time" else _OWN_AXES[_other(table)]
    y = np.asarray(values, dtype=np.float64)
    x = x[: len(y)]  # another thread that looks at a recorder brings it up to date here, too
    labels = labels[: len(y)]
    if np.any(x[1:] < x[:-1]):
        order = np.argsort(x, kind="stable")
        x, y, labels = x[order], y[order], labels[order]
    return Curve(name, shown, x, y), labels


def _other(table: str) -> Literal["steps", "epochs"]:
    return "epochs" if table == "steps" else "steps"


def _rows(reader: Any, name: str, table: str) -> NDArray[np.int64]:
    """The position of each value's row in its table."""
    checked = check_table(table)
    key = column_key(checked, name)
    rows = None if key is None else reader.column_rows(checked, *key)
    return np.empty(0, dtype=np.int64) if rows is None else rows


def _seconds(reader: Any, name: str, table: str) -> NDArray[np.float64]:
    times = {known: reader.index(known)[1] for known in ("steps", "epochs")}
    first = min(column.min() for column in times.values() if len(column))
    seconds: NDArray[np.float64] = (times[table][_rows(reader, name, table)] - first) / _MICROS
    return seconds


def _on_other(reader: Any, name: str, table: str) -> NDArray[Any] | None:
    """Places on the other table's axis; None where that table is empty."""
    steps, _, _, step_places = reader.index("steps")
    epochs, _, _, epoch_places = reader.index("epochs")
    if not len(steps if table == "epochs" else epochs):
        return None
    rows = _rows(reader, name, table)
    if table == "epochs":
        return steps_of_epochs(epoch_places, step_places, steps)[rows]
    return epochs_of_steps(step_places, epoch_places, epochs)[rows]
