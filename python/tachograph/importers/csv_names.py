"""What columns of our own CSV files were called before exports made their names differ."""

from __future__ import annotations

from collections.abc import Collection, Iterable

__all__ = ["original_names"]


def original_names(
    columns: Iterable[str], *, head: str, again: str, reserved: Collection[str]
) -> dict[str, str]:
    """Undoes the names of an export.

    An export calls a metric `head` and then its name; where a column of the table's own is called
    so, `again` goes between them, as often as it takes.

    Args:
        columns: The columns whose metrics are wanted; each begins with `head`.
        head: What stands before every name, for example ``"train_"``.
        again: What stands there to tell names apart, for example ``"metric_"``.
        reserved: The table's own columns.

    Returns:
        The metric of each column.
    """
    metrics = list(columns)
    names: dict[str, str] = {}
    # The longest first: what was moved aside the furthest explains the others.
    for column in sorted(metrics, key=len, reverse=True):
        rest = column.removeprefix(head)
        times = 0
        while rest.startswith(again * (times + 1)):
            times += 1
        while times:
            name = rest.removeprefix(again * times)
            nearer = {f"{head}{again * fewer}{name}" for fewer in range(1, times)}
            moved = f"{head}{name}" in reserved and nearer <= set(metrics)
            if moved and name not in names.values():
                break
            times -= 1
        names[column] = rest.removeprefix(again * times)
    return names
