"""How many steps a second a run made, by the clock of its rows."""

# ruff: noqa: SLF001 -- the columns behind a run's methods

from __future__ import annotations

from typing import Final

import numpy as np

from tachograph.curves import Curve, Record

__all__ = ["steps_per_second"]

_BINS: Final = 200
_LEAST_ROWS: Final = 3
_MICROS: Final = 1e6


def steps_per_second(run: Record) -> Curve | None:
    """Steps a second over the steps, a value for each stretch of rows; None where no clock tells.

    Rows that were logged at once are one instant; stretches that went back are gaps.
    """
    steps, micros, _, _ = run._columns().index("steps")
    if len(steps) < _LEAST_ROWS:
        return None
    instants = np.append(np.flatnonzero(np.diff(micros)), len(micros) - 1)  # their last rows
    ends = instants[np.unique(np.linspace(0, len(instants) - 1, _BINS + 1).astype(np.int64))]
    seconds = np.diff(micros[ends]) / _MICROS
    made = np.diff(steps[ends].astype(np.float64))
    with np.errstate(divide="ignore", invalid="ignore"):
        rates = np.where((seconds > 0) & (made > 0), made / seconds, np.nan)
    if not np.isfinite(rates).any():
        return None
    order = np.argsort(steps[ends[1:]], kind="stable")
    return Curve("steps_per_sec", "step", steps[ends[1:]][order], rates[order])
