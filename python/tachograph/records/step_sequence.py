"""The steps of a run as a sequence: merged by step, with the raw rows beside."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias, overload

from tachograph._core import Reader
from tachograph.records.instants import moment_of
from tachograph.records.lazy_sequence import LazySequence, read_positions
from tachograph.records.selection import Selectable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["StepRecord", "StepSequence", "step_record"]

_CHUNK_ROWS = 1024
_Bounds: TypeAlias = "Sequence[int] | NDArray[np.int64]"


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
    """The steps of a run in log order; adjacent rows of one step are merged.

    Several calls at one step are several raw rows and one merged row, as long as no metric has two
    values; where one has, the rows stay apart. `raw` has every row by itself. As a whole it is a
    data frame to whatever takes the Arrow PyCapsule interface: ``polars.DataFrame(run.steps)``.
    """

    __slots__ = ("_cached", "_merged", "_view")

    _table = "steps"

    def __init__(self, view: Callable[[], Reader], *, merged: bool = True) -> None:
        """Makes a sequence over a run.

        Args:
            view: Gives the run's reader, up to date.
            merged: Whether adjacent rows of one step are one.
        """
        self._view = view
        self._merged = merged
        self._cached: tuple[tuple[int, int], _Bounds] | None = None

    @property
    def raw(self) -> StepSequence:
        """The rows as they were logged, one a call."""
        return StepSequence(self._view, merged=False)

    def _is_raw(self) -> bool:
        return not self._merged

    def __len__(self) -> int:
        return len(self._bounds(self._view())) - 1

    @overload
    def __getitem__(self, index: int) -> StepRecord: ...
    @overload
    def __getitem__(self, index: slice) -> list[StepRecord]: ...
    def __getitem__(self, index: int | slice) -> StepRecord | list[StepRecord]:
        view = self._view()
        bounds = self._bounds(view)
        positions = range(len(bounds) - 1)
        if isinstance(index, slice):
            return read_positions(
                positions[index], lambda low, high: _read(view, bounds, low, high)
            )
        try:
            position = positions[index]
        except IndexError:
            message = f"step position {index} is out of range; {len(positions)} steps are recorded"
            raise IndexError(message) from None
        return _read(view, bounds, position, position + 1)[0]

    def __iter__(self) -> Iterator[StepRecord]:
        view = self._view()
        bounds = self._bounds(view)
        for start in range(0, len(bounds) - 1, _CHUNK_ROWS):
            yield from _read(view, bounds, start, min(start + _CHUNK_ROWS, len(bounds) - 1))

    def __repr__(self) -> str:
        return f"<StepSequence: {len(self)} {'steps' if self._merged else 'rows'}>"

    def _bounds(self, view: Reader) -> _Bounds:
        """The raw position of each record, and the end after the last."""
        n_rows = view.length("steps")
        if not self._merged:
            return range(n_rows + 1)
        # A resumed run may hide as many rows as it adds; the last row's place tells them apart.
        last = view.rows("steps", n_rows - 1, n_rows)[0]["seq"] if n_rows else -1
        if self._cached is None or self._cached[0] != (n_rows, last):
            bounds = view.step_bounds()
            self._cached = (n_rows, last), range(n_rows + 1) if bounds is None else bounds
        return self._cached[1]


def step_record(rows: Sequence[dict[str, Any]]) -> StepRecord:
    """One record of raw rows, given as the core gives them, whose columns do not overlap."""
    metrics: dict[str, Any] = {}
    for row in rows:
        metrics.update(row["metrics"])
    first = rows[0]
    return StepRecord(first["label"], first["attempt"], moment_of(first["wall_micros"]), metrics)


def _read(view: Reader, bounds: _Bounds, start: int, stop: int) -> list[StepRecord]:
    base = int(bounds[start])
    rows = view.rows("steps", base, int(bounds[stop]))
    return [
        step_record(rows[int(bounds[at]) - base : int(bounds[at + 1]) - base])
        for at in range(start, stop)
    ]
