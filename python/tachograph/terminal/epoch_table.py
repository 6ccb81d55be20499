"""A row for each epoch, under headings that stand once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tachograph.overview.epoch_values import epoch_values, numbers_only
from tachograph.overview.wording import duration, number, printable
from tachograph.records.queries import RecordQueries

__all__ = ["EpochTable"]

_NAME_CHARS = 14
_LEAST_CHARS = 10
_MOST_COLUMNS = 8
_GAP = "  "
_FIELDS = {"train_loss": "train loss", "val_loss": "val loss", "learning_rate": "lr"}


class EpochTable:
    """Rows of the epochs that were logged since it was made."""

    def __init__(self, run: RecordQueries, metrics: list[str] | None) -> None:
        """Begins at the next epoch.

        Args:
            run: Whose epochs.
            metrics: Which metrics have a column, by the names that `Run.history` takes; None for
                the first few of an epoch.
        """
        self._metrics = metrics
        self._run_id = run._columns().run_id  # noqa: SLF001 -- recorders and runs have it in common
        self._last_seq = _last_seq(run)
        self._columns: list[str] = []
        self._lines: list[str] = []

    def look(self, run: RecordQueries) -> None:
        """Takes in the epochs that are new."""
        reader = run._columns()  # noqa: SLF001 -- recorders and runs have their columns in common
        # By their place in the log: what a resumed run hides moves positions, not places.
        places = reader.index("epochs")[3]
        if (
            reader.run_id != self._run_id
        ):  # it went on with a checkpoint's run, whose epochs are old
            self._run_id, self._last_seq = reader.run_id, _last_seq(run)
        first = int(places.searchsorted(self._last_seq, side="right"))
        best = reader.best()
        for position, row in enumerate(reader.rows("epochs", first, len(places)), first):
            self._add(row, is_best=best is not None and best[0] == position)
            self._last_seq = row["seq"]

    def new_lines(self) -> list[str]:
        """The lines that are to be printed; each is given once."""
        lines, self._lines = self._lines, []
        return lines

    def _add(self, row: Mapping[str, Any], *, is_best: bool) -> None:
        values = _values(row)
        names = list(values)
        if self._metrics is not None:
            names = [name for name in names if name in _FIELDS or name in self._metrics]
        columns = names[:_MOST_COLUMNS]
        if columns != self._columns:
            self._columns = columns
            headings = [printable(_FIELDS.get(n, n), max_chars=_NAME_CHARS) for n in columns]
            self._lines.append(_line("epoch", headings, columns, "time"))
        shown = [number(values[name]) for name in columns]
        secs = row["fields"].get("epoch_time") or 0.0
        time = duration(secs) if secs > 0 else "-"
        line = _line(f"{row['label']:,}", shown, columns, time)
        self._lines.append(line + (_GAP + "best" if is_best else ""))


def _last_seq(run: RecordQueries) -> int:
    """The place in the log of the last epoch; epochs of an earlier attempt are no news."""
    places = run._columns().index("epochs")[3]  # noqa: SLF001
    return int(places[-1]) if len(places) else -1


def _values(row: Mapping[str, Any]) -> dict[str, float | int]:
    values = epoch_values(row["fields"], row["train"], row["val"], names=_FIELDS)
    # A learning rate of 0 is what an epoch has that was not told one.
    return numbers_only({**values, "learning_rate": values["learning_rate"] or None})


def _line(epoch: str, cells: list[str], columns: list[str], time: str) -> str:
    widths = [
        max(_LEAST_CHARS, len(printable(_FIELDS.get(name, name), max_chars=_NAME_CHARS)))
        for name in columns
    ]
    shown = [f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True)]
    return _GAP.join([f"{epoch:>6}", *shown, f"{time:>11}"])
