"""How many steps a second a run made, by the clock of its rows."""

# ruff: noqa: SLF001 -- the columns behind a run's methods

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tachograph.curves import Axis, Curve, Record
from tachograph.curves.other_axis import epochs_of_steps

__all__ = ["steps_per_second"]

_BINS: Final = 200
_LEAST_ROWS: Final = 3
_MICROS: Final = 1e6


def steps_per_second(run: Record, axis: Axis | None = None) -> Curve | None:
    """Steps a second over the steps, a value for each stretch of rows; None where no clock tells.

    Rows that were logged at once are one instant; stretches that went back are gaps, as are
    those in which a run lay still until it was resumed.

    Args:
        run: A recorder or a run.
        axis: As `tachograph.curves.curve` takes it.
    """
    reader = run._columns()
    steps, micros, attempts, _ = reader.index("steps")
    if len(steps) < _LEAST_ROWS:
        return None
    instants = np.append(np.flatnonzero(np.diff(micros)), len(micros) - 1)  # their last rows
    ends = instants[np.unique(np.linspace(0, len(instants) - 1, _BINS + 1).astype(np.int64))]
    seconds = np.diff(micros[ends]) / _MICROS
    made = np.diff(steps[ends].astype(np.float64))
    is_one = np.diff(np.asarray(attempts)[ends]) == 0
    with np.errstate(divide="ignore", invalid="ignore"):
        rates = np.where((seconds > 0) & (made > 0) & is_one, made / seconds, np.nan)
    if not np.isfinite(rates).any():
        return None
    shown, x = _on_axis(reader, axis)
    order = np.argsort(x[ends[1:]], kind="stable")
    return Curve("steps_per_sec", shown, x[ends[1:]][order], rates[order])


def _on_axis(reader: Any, axis: Axis | None) -> tuple[Axis, NDArray[Any]]:
    """Where the rows of the steps lie; by step where there are no epochs to count."""
    steps, micros, _, places = reader.index("steps")
    epochs, epoch_micros, _, epoch_places = reader.index("epochs")
    if axis == "wall_time":
        first = min(column.min() for column in (micros, epoch_micros) if len(column))
        return "wall_time", (micros - first) / _MICROS
    if axis == "epoch" and len(epochs):
        return "epoch", epochs_of_steps(places, epoch_places, epochs)
    return "step", steps
