"""What a monitor costs the training that it watches."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Final

from tachograph.exceptions import MonitorWarning
from tachograph.monitor.monitor_options import MonitorOptions

__all__ = ["CostMeter", "MonitorCost", "warn_over_budget"]

_WARM_UP: Final = 3
"""Measured steps that are left out: the first ones load code and allocate."""
_WINDOW_STEPS: Final = 50
_WINDOW_NANOS: Final = 1_000_000_000
"""Measured steps, and time, after which the cost is held against the budget: a training of less
than a second is none whose time matters."""


@dataclass(frozen=True, slots=True)
class MonitorCost:
    """What a monitor has cost so far: its own time on the training's thread.

    Attributes:
        share: Its time as a fraction of the training's; 0.0 before anything is known.
        microseconds_per_step: Its time for one step that it measured.
        measured_steps: How many steps that is taken over.
        log_every_n_steps: One in how many steps it measures now.
    """

    share: float
    microseconds_per_step: float
    measured_steps: int
    log_every_n_steps: int


class CostMeter:
    """Adds up the cost of measured steps, and says when it is above the budget.

    Args:
        budget: The share of a step that the monitor may take.
    """

    def __init__(self, budget: float) -> None:
        self._budget: Final = budget
        self._seen = 0
        self._own = self._whole = self._n = 0
        self._window = 0, 0
        self._n_next = _WINDOW_STEPS

    def add(self, own_nanos: int, whole_nanos: int) -> bool:
        """Takes in a measured step.

        Args:
            own_nanos: The monitor's own time for it.
            whole_nanos: All time since the measured step before.

        Returns:
            Whether a window has ended in which the monitor took more than its budget.
        """
        self._seen += 1
        if self._seen <= _WARM_UP:
            return False
        self._n += 1
        self._own += own_nanos
        self._whole += whole_nanos
        if self._n < self._n_next:
            return False
        return self._ends_window()

    def _ends_window(self) -> bool:
        own, whole = self._window
        if self._whole - whole < _WINDOW_NANOS:
            return False
        self._window = self._own, self._whole
        self._n_next = self._n + _WINDOW_STEPS
        return self._own - own > self._budget * (self._whole - whole)

    @property
    def share(self) -> float:
        """Its time as a fraction of all."""
        return self._own / self._whole if self._whole else 0.0

    def cost(self, log_every_n_steps: int) -> MonitorCost:
        """What it has cost so far."""
        per_step = self._own / self._n / 1000 if self._n else 0.0
        return MonitorCost(self.share, per_step, self._n, log_every_n_steps)


def warn_over_budget(cost: MonitorCost, options: MonitorOptions) -> None:
    """Says that a monitor takes more than its budget, and what can be done."""
    does = (
        "it now measures fewer steps"
        if options.on_budget == "thin"
        else 'measure fewer steps with log_every_n_steps, or on_budget="thin"'
    )
    message = (
        f"the monitor takes {cost.share:.1%} of the training's time "
        f"({cost.microseconds_per_step:.0f} microseconds for a step), more than its budget of "
        f"{options.budget:.1%}: {does}"
    )
    warnings.warn(message, MonitorWarning, stacklevel=2)
