"""The steps of a run as a sequence: merged by step, with the raw rows beside."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, overload

from tachograph._core import Reader
from tachograph.records.instants import moment_of
from tachograph.records.lazy_sequence import LazySequence, read_positions
from tachograph.records.selection import Selectable

__all__ = ["StepRecord", "StepSequence", "step_record"]

_CHUNK_ROWS = 1024


@dataclass(frozen=True, slots=True)
class StepRecord:
    """What was recorded of one step.

    Attributes:
        step: The step.
        attempt: The attempt that logged it.
        wall_time: When its first value was logged (UTC).
        metrics: Values by name.
    """

    step: int
    attempt: int
    wall_time: datetime
    metrics: dict[str, Any]


class StepSequence(LazySequence[StepRecord], Selectable):
    """The steps of a run in log order; rows of one step are merged.

    Several calls at one step are several raw rows and one merged row, as long as no metric has two
    values and the calls are at most 256 rows apart; where not, the rows stay apart. A merged row
    has the place and the time of its first. `raw` has every row by itself. As a whole it is a data
    frame to whatever takes the Arrow PyCapsule interface: ``polars.DataFrame(run.steps)``.
    """

    __slots__ = ("_merged", "_view")

    _table = "steps"

    def __init__(self, view: Callable[[], Reader], *, merged: bool = True) -> None:
        """Makes a sequence over a run.

        Args:
            view: Gives the run's reader, up to date.
            merged: Whether rows of one step are one.
        """
        self._view = view
        self._merged = merged

    @property
    def raw(self) -> StepSequence:
        """The rows as they were logged, one a call."""
        return StepSequence(self._view, merged=False)

    def _is_raw(self) -> bool:
        return not self._merged

    def __len__(self) -> int:
        return self._view().length("steps", merged=self._merged)

    @overload
    def __getitem__(self, index: int) -> StepRecord: ...
    @overload
    def __getitem__(self, index: slice) -> list[StepRecord]: ...
    def __getitem__(self, index: int | slice) -> StepRecord | list[StepRecord]:
        view = self._view()
        positions = range(view.length("steps", merged=self._merged))
        if isinstance(index, slice):
            return read_positions(positions[index], partial(self._read, view))
        try:
            position = positions[index]
        except IndexError:
            message = f"step position {index} is out of range; {len(positions)} steps are recorded"
            raise IndexError(message) from None
        return self._read(view, position, position + 1)[0]

    def __iter__(self) -> Iterator[StepRecord]:
        view = self._view()
        n_rows = view.length("steps", merged=self._merged)
        for start in range(0, n_rows, _CHUNK_ROWS):
            yield from self._read(view, start, min(start + _CHUNK_ROWS, n_rows))

    def __repr__(self) -> str:
        return f"<StepSequence: {len(self)} {'steps' if self._merged else 'rows'}>"

    def _read(self, view: Reader, start: int, stop: int) -> list[StepRecord]:
        rows = view.rows("steps", start, stop, merged=self._merged)
        return [step_record(row) for row in rows]


def step_record(row: dict[str, Any]) -> StepRecord:
    """One record of a row, given as the core gives it."""
    return StepRecord(row["label"], row["attempt"], moment_of(row["wall_micros"]), row["metrics"])
