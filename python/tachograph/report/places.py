"""Where a row lies on each of the three axes."""

# ruff: noqa: SLF001 -- the columns behind a run's methods

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tachograph.analysis.column_names import Table
from tachograph.curves import Curve
from tachograph.curves.other_axis import epochs_of_steps, steps_of_epochs
from tachograph.records.queries import RecordQueries
from tachograph.report.model import Points

if TYPE_CHECKING:
    from typing import Self

__all__ = ["Places", "places_of"]

_MICROS = 1e6


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """The rows of a table on each axis, by ascending label.

    Attributes:
        labels: int64[n], of the table's own axis.
        step: float64[n]; None where the run has no steps.
        epoch: float64[n]; None where it has no epochs.
        seconds: float64[n], since the run's first row.
    """

    labels: NDArray[np.int64]
    step: NDArray[np.float64] | None
    epoch: NDArray[np.float64] | None
    seconds: NDArray[np.float64]

    @classmethod
    def sorted(
        cls,
        labels: NDArray[np.int64],
        step: NDArray[np.float64] | None,
        epoch: NDArray[np.float64] | None,
        seconds: NDArray[np.float64],
    ) -> Self:
        """Takes rows in log order."""
        if not np.any(labels[1:] < labels[:-1]):
            return cls(labels, step, epoch, seconds)
        order = np.argsort(labels, kind="stable")
        return cls(
            labels[order],
            None if step is None else step[order],
            None if epoch is None else epoch[order],
            seconds[order],
        )

    def until_now(self, curve: Curve) -> Curve:
        """The curve without points beyond the last row: they came after the rows were looked up."""
        if not len(curve) or (len(self.labels) and curve.x[-1] <= self.labels[-1]):
            return curve
        last = self.labels[-1:].tolist() or [curve.x[0] - 1]
        n_known = int(np.searchsorted(curve.x, last[0], side="right"))
        return replace(curve, x=curve.x[:n_known], y=curve.y[:n_known])

    def points(self, labels: NDArray[np.int64], y: NDArray[np.float64]) -> Points:
        """Points of these labels, at the first row of each.

        Args:
            labels: int64, each of them a row's.
            y: As many values.
        """
        rows = np.searchsorted(self.labels, labels)
        return Points(
            y,
            None if self.step is None else self.step[rows],
            None if self.epoch is None else self.epoch[rows],
            self.seconds[rows],
        )


def places_of(run: RecordQueries) -> dict[Table, Places]:
    """The places of both tables' rows."""
    reader = run._columns()
    steps, step_times, _, step_seqs = reader.index("steps")
    epochs, epoch_times, _, epoch_seqs = reader.index("epochs")
    begins = [times[0] for times in (step_times, epoch_times) if len(times)]
    begin = min(begins, default=np.int64(0))
    epochs_at = epochs_of_steps(step_seqs, epoch_seqs, epochs) if len(epochs) else None
    steps_at = None
    if len(steps):
        steps_at = steps_of_epochs(epoch_seqs, step_seqs, steps).astype(np.float64)
    return {
        "steps": Places.sorted(
            steps, steps.astype(np.float64), epochs_at, (step_times - begin) / _MICROS
        ),
        "epochs": Places.sorted(
            epochs, steps_at, epochs.astype(np.float64), (epoch_times - begin) / _MICROS
        ),
    }
