"""Learning rates by epoch: decay in steps, warm-up, cosine, and a fall where the loss stands still.

A schedule is anything that takes an epoch, counted from 0, and gives a rate. The functions become
one by `functools.partial`, or in a lambda.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

from tachograph.analysis.arrays import fraction, whole_number
from tachograph.exceptions import ArgumentTypeError, InvalidArgumentError
from tachograph.nptrain.real_arrays import single_number

__all__ = [
    "Observing",
    "PlateauSchedule",
    "cosine_schedule",
    "learning_rate_schedule",
    "warmup_schedule",
]

_INF = float("inf")


@runtime_checkable
class Observing(Protocol):
    """A schedule that wants to know how the training goes."""

    def observe(self, loss: float) -> None:
        """Takes note of an epoch's validation loss."""


def learning_rate_schedule(
    epoch: int, initial_lr: float = 0.001, decay: float = 0.95, decay_every: int = 10
) -> float:
    """Exponential decay in steps: ``initial_lr * decay ** (epoch // decay_every)``.

    Args:
        epoch: From 0.
        initial_lr: The rate of the first epochs, at least 0.
        decay: What a step leaves of the rate, above 0 and at most 1.
        decay_every: Epochs between two steps, at least 1.

    Raises:
        ArgumentTypeError: An argument has the wrong type.
        InvalidArgumentError: An argument is out of bounds.

    Example:
        >>> learning_rate_schedule(25, initial_lr=0.1, decay=0.5, decay_every=10)
        0.025
    """
    epoch = whole_number(epoch, "epoch", at_least=0)
    decay_every = whole_number(decay_every, "decay_every", at_least=1)
    decay = fraction(decay, "decay", takes_high=True)
    return _rate(initial_lr, "initial_lr") * (decay ** (epoch // decay_every))


def cosine_schedule(
    epoch: int, initial_lr: float = 0.001, total_epochs: int = 100, final_lr: float = 0.0
) -> float:
    """Half a cosine from one rate to another, which stays.

    ``final + (initial - final) * (1 + cos(pi * epoch / total)) / 2``, after Loshchilov and Hutter,
    "SGDR" (2017).

    Args:
        epoch: From 0.
        initial_lr: The rate of epoch 0.
        total_epochs: The epoch at which `final_lr` is reached, at least 1.
        final_lr: The rate from there on.

    Raises:
        ArgumentTypeError: An argument has the wrong type.
        InvalidArgumentError: An argument is out of bounds.

    Example:
        >>> cosine_schedule(50, initial_lr=0.1, total_epochs=100)
        0.05
    """
    epoch = whole_number(epoch, "epoch", at_least=0)
    total = whole_number(total_epochs, "total_epochs", at_least=1)
    first, last = _rate(initial_lr, "initial_lr"), _rate(final_lr, "final_lr")
    if epoch >= total:
        return last
    return last + (first - last) * (1.0 + math.cos(math.pi * epoch / total)) / 2.0


def warmup_schedule(
    epoch: int,
    initial_lr: float = 0.001,
    warmup_epochs: int = 5,
    start_factor: float = 0.1,
    *,
    then: Callable[[int], float] | None = None,
) -> float:
    """A straight line up to the full rate, and another schedule after it.

    Args:
        epoch: From 0.
        initial_lr: The full rate, reached at epoch `warmup_epochs`.
        warmup_epochs: Length of the line, at least 1.
        start_factor: Part of the full rate at epoch 0, from 0 to 1.
        then: The schedule from epoch `warmup_epochs` on, which counts from 0 again; the full rate
            if not given. None that observes losses, as `PlateauSchedule` does: it would be told
            none, and never fall.

    Raises:
        ArgumentTypeError: An argument has the wrong type.
        InvalidArgumentError: An argument is out of bounds.

    Example:
        >>> [warmup_schedule(epoch, 1.0, warmup_epochs=2, start_factor=0.5) for epoch in range(4)]
        [0.5, 0.75, 1.0, 1.0]
    """
    epoch = whole_number(epoch, "epoch", at_least=0)
    length = whole_number(warmup_epochs, "warmup_epochs", at_least=1)
    start = fraction(start_factor, "start_factor", takes_low=True, takes_high=True)
    full = _rate(initial_lr, "initial_lr")
    if then is not None:
        _check_follower(then)
    if epoch < length:
        return full * (start + (1.0 - start) * epoch / length)
    return full if then is None else then(epoch - length)


class PlateauSchedule:
    """A rate that falls by a factor whenever the loss has stood still for some epochs.

    Called with an epoch, it gives the rate that stands; `observe` tells it the loss of the epoch
    that has passed. `train_model` does both.

    Attributes:
        learning_rate: The rate that stands.
        best_loss: The lowest loss that counted as an improvement; inf before the first.
        counter: Epochs since then, or since the last fall.
    """

    def __init__(
        self,
        initial_lr: float = 0.001,
        factor: float = 0.1,
        patience: int = 10,
        min_delta: float = 1e-4,
        *,
        min_lr: float = 0.0,
    ) -> None:
        """A schedule at its initial rate.

        Args:
            initial_lr: The first rate, at least 0.
            factor: What a fall leaves of the rate, above 0 and below 1.
            patience: Epochs without improvement that are borne; the next one brings the fall.
            min_delta: How far below the best a loss must be to improve on it, in its unit.
            min_lr: The rate never falls below this.

        Raises:
            ArgumentTypeError: An argument has the wrong type.
            InvalidArgumentError: An argument is out of bounds.
        """
        self.learning_rate = _rate(initial_lr, "initial_lr")
        self.best_loss = _INF
        self.counter = 0
        self._factor = fraction(factor, "factor")
        self._patience = whole_number(patience, "patience", at_least=0)
        self._min_delta = _rate(min_delta, "min_delta")
        self._min_lr = _rate(min_lr, "min_lr")

    def __call__(self, epoch: int) -> float:
        """The rate that stands, whatever the epoch."""
        whole_number(epoch, "epoch", at_least=0)
        return self.learning_rate

    def observe(self, loss: float) -> None:
        """Takes note of an epoch's loss; NaN is no improvement.

        Raises:
            ArgumentTypeError: It is no number.
        """
        loss = single_number(loss, "loss")
        if loss < self.best_loss - self._min_delta:
            self.best_loss, self.counter = loss, 0
            return
        self.counter += 1
        if self.counter > self._patience:
            lower = max(self.learning_rate * self._factor, self._min_lr)
            self.learning_rate = min(self.learning_rate, lower)
            self.counter = 0


def _check_follower(then: Any) -> None:
    """Refuses what cannot be a schedule after a warm-up.

    Raises:
        ArgumentTypeError: It cannot be called.
        InvalidArgumentError: It wants to be told losses, which a warm-up never hears of.
    """
    if not callable(then):
        message = f"then must be a function of the epoch, not {type(then).__name__}"
        raise ArgumentTypeError(message, argument="then")
    if hasattr(then, "observe"):
        message = (
            "then must follow the epoch alone: a warm-up has no losses to tell a "
            f"{type(then).__name__}"
        )
        raise InvalidArgumentError(message, argument="then")


def _rate(value: float, argument: str) -> float:
    return fraction(value, argument, high=_INF, takes_low=True)
