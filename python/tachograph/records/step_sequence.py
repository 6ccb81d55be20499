"""The steps of a run as a sequence: merged by step, with the raw rows beside."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias, overload

import numpy as np
from numpy.typing import NDArray

from tachograph._core import Frame, Reader
from tachograph.records.frame_exports import FrameExports
from tachograph.records.instants import moment_of
from tachograph.records.lazy_sequence import LazySequence
from tachograph.records.selection import Selection

__all__ = ["StepRecord", "StepSequence", "step_record"]

_CHUNK_ROWS = 1024
_Bounds: TypeAlias = Sequence[int] | NDArray[np.int64]


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


class StepSequence(LazySequence[StepRecord], FrameExports):
    """The steps of a run in log order; adjacent rows of one step are merged.

    Several calls at one step are several raw rows and one merged row, as long as no metric has two
    values; where one has, the rows stay apart. `raw` has every row by itself. As a whole it is a
    data frame to whatever takes the Arrow PyCapsule interface: ``polars.DataFrame(run.steps)``.
    """

    __slots__ = ("_cached", "_merged", "_view")

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

    def select(
        self,
        columns: Iterable[str] | None = None,
        *,
        start: int | None = None,
        stop: int | None = None,
    ) -> Selection:
        """Some metrics and steps, as data frames.

        Args:
            columns: Names of metrics, in the order in which they are wanted; None for all. `step`,
                `attempt` and `wall_time` come along.
            start: The least step; None for no bound.
            stop: The step that all are less than; None for no bound.

        Raises:
            ArgumentTypeError: An argument has the wrong type.
            InvalidArgumentError: A metric comes twice.
            UnknownMetricError: There is no such metric; the message lists near names.
        """
        raw = not self._merged
        return Selection(self._view, "steps", columns, start=start, stop=stop, raw=raw)

    def _frame(self) -> Frame:
        return self._view().frame("steps", raw=not self._merged)

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
            return [_read(view, bounds, at, at + 1)[0] for at in positions[index]]
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
            # Looking at the rows may have found some of them damaged.
            merged = range(view.length("steps") + 1) if bounds is None else bounds
            self._cached = (n_rows, last), merged
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
