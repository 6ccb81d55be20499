"""A run's column by its name, or the part of it between two steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tachograph._core import Reader
from tachograph.analysis.column_names import check_table, column_key, unknown_metric
from tachograph.exceptions import ArgumentTypeError, InvalidArgumentError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["named_column"]

_ENDS = 2


def named_column(
    reader: Reader, name: Any, table: str, steps: Any = None
) -> tuple[NDArray[np.int64], NDArray[np.float64] | NDArray[np.int64]]:
    """The labels of the rows that have a value, and the values, in log order.

    Args:
        reader: The run.
        name: A column's name, as `Run.history` takes it.
        table: ``"steps"`` or ``"epochs"``.
        steps: The first label wanted and the one after the last, each an int or None for no
            bound; None for all.

    Raises:
        UnknownMetricError: There is no such column; the message lists near names.
        ArgumentTypeError: `name` is no str, or `steps` no pair of integers.
        InvalidArgumentError: There is no such table.
    """
    checked = check_table(table)
    if not isinstance(name, str):
        message = f"name must be a str, not {type(name).__name__}"
        raise ArgumentTypeError(message, argument="name")
    start, stop = (None, None) if steps is None else _ends(steps)
    key = column_key(checked, name)
    column = None if key is None else reader.column(checked, *key)
    if column is None:
        raise unknown_metric(reader, checked, name)
    if start is None and stop is None:
        return column
    import numpy as np

    labels, values = column
    inside = np.ones(len(labels), dtype=np.bool_)
    if start is not None:
        inside &= labels >= start
    if stop is not None:
        inside &= labels < stop
    return labels[inside], values[inside]


def _ends(steps: Any) -> tuple[int | None, int | None]:
    if not isinstance(steps, tuple | list) or len(steps) != _ENDS:
        message = f"steps must be a pair (start, stop), not {steps!r}"
        raise ArgumentTypeError(message, argument="steps")
    import numpy as np

    for end in steps:
        if end is not None and (isinstance(end, bool) or not isinstance(end, int | np.integer)):
            message = f"steps must hold integers or None, not {end!r}"
            raise ArgumentTypeError(message, argument="steps")
    start, stop = steps
    if start is not None and stop is not None and start > stop:
        message = f"steps must ascend, not {steps!r}"
        raise InvalidArgumentError(message, argument="steps")
    return start, stop
