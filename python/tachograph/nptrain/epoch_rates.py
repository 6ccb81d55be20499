"""The learning rate of each epoch of a training, from whatever it was told."""

from __future__ import annotations

from collections.abc import Callable

from tachograph.analysis.arrays import fraction, whole_number
from tachograph.exceptions import ArgumentTypeError
from tachograph.nptrain.real_arrays import single_number
from tachograph.nptrain.schedules import Observing, learning_rate_schedule

__all__ = ["EpochRates"]

_INF = float("inf")


class EpochRates:
    """Rates by epoch: those of a schedule, or of a decay in steps."""

    def __init__(
        self,
        schedule: Callable[[int], float] | None,
        learning_rate: float,
        lr_decay: float,
        lr_decay_every: int,
    ) -> None:
        """Checks what a training was given, under the names that it has there.

        Raises:
            ArgumentTypeError: An argument has the wrong type.
            InvalidArgumentError: An argument is out of bounds.
        """
        if schedule is not None and not callable(schedule):
            message = f"schedule must be a function of the epoch, not {type(schedule).__name__}"
            raise ArgumentTypeError(message, argument="schedule")
        self._schedule = schedule
        self._first = fraction(learning_rate, "learning_rate", high=_INF, takes_low=True)
        self._decay = fraction(lr_decay, "lr_decay", takes_high=True)
        self._decay_every = whole_number(lr_decay_every, "lr_decay_every", at_least=1)

    def __call__(self, epoch: int) -> float:
        """The rate of an epoch, counted from 0.

        Raises:
            ArgumentTypeError: The schedule gave no number.
            InvalidArgumentError: It gave one below 0, or NaN.
        """
        if self._schedule is None:
            return learning_rate_schedule(epoch, self._first, self._decay, self._decay_every)
        rate = single_number(self._schedule(epoch), "schedule(epoch)")
        return fraction(rate, "schedule(epoch)", high=_INF, takes_low=True)

    def observe(self, loss: float) -> None:
        """Tells the schedule an epoch's validation loss, if it wants to know."""
        if isinstance(self._schedule, Observing):
            self._schedule.observe(loss)
