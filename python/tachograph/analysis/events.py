"""What happens to a training curve: spikes, plateaus, divergence, lost values, convergence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tachograph import _core
from tachograph.analysis.arrays import float_array, fraction, whole_number
from tachograph.exceptions import InvalidArgumentError

__all__ = [
    "Convergence",
    "Divergence",
    "Overfitting",
    "Spikes",
    "Stretches",
    "convergence",
    "divergence",
    "nan_runs",
    "overfitting",
    "plateaus",
    "spikes",
]

_INFINITE = float("inf")


@dataclass(frozen=True, slots=True, eq=False)
class Spikes:
    """Rows whose values lie far from those before.

    Attributes:
        rows: int64[k], ascending.
        scores: float64[k], the distance from the median in scaled median absolute deviations,
            negative below it; infinite where the values before were level.
    """

    rows: NDArray[np.int64]
    scores: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Stretches:
    """Stretches of rows.

    Attributes:
        starts: int64[k], the first row of each.
        stops: int64[k], the row after its last.
    """

    starts: NDArray[np.int64]
    stops: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.starts)


@dataclass(frozen=True, slots=True)
class Divergence:
    """Whether a loss diverged.

    Attributes:
        row: The first row at which the rule holds; None if it never does.
        rise: How far the mean of the last window looked at lies above the lowest one before, in
            units of the scale; NaN without a whole window.
        is_lost: Whether `row` ends a window without any finite value.
    """

    row: int | None
    rise: float
    is_lost: bool


@dataclass(frozen=True, slots=True)
class Convergence:
    """Where a training curve stands.

    Attributes:
        status: ``"insufficient_data"`` (fewer than five finite values), ``"converged"``,
            ``"converging"`` or ``"not_converged"``.
        progress: ``"insufficient_data"`` (fewer than ten), ``"converging"`` or ``"plateaued"``.
        improvement: Mean of the first five finite values less that of the last five, in their
            unit; None for fewer than ten.
        stability: Population standard deviation of the last five; None for fewer than ten.
    """

    status: str
    progress: str
    improvement: float | None
    stability: float | None


@dataclass(frozen=True, slots=True)
class Overfitting:
    """How fast validation and training loss part at the end.

    Attributes:
        score: Slope of their difference over the last epochs, in loss an epoch; 0 or more.
        n: Epochs in which both are finite.
    """

    score: float
    n: int


def spikes(values: Any, *, window: int = 20, threshold: float = 6.0) -> Spikes:
    """Values far from the median of those just before them.

    The score of a value is ``(value - median) / (1.4826 * MAD)`` over the `window` finite values
    before it; beyond `threshold`, on either side, it is a spike.

    Args:
        values: Real numbers, one dimension; those that are not finite are no spikes.
        window: How many values to look back; nothing is told before there are so many.
        threshold: 0 or more.

    Raises:
        ArgumentTypeError: An argument has the wrong type.
        InvalidArgumentError: Another dimension, a parameter out of bounds.

    Example:
        >>> spikes([1.0, 1.1, 0.9, 1.0, 9.0], window=4).rows
        array([4])
    """
    y = float_array(values, "values")
    window = whole_number(window, "window", at_least=1)
    threshold = fraction(threshold, "threshold", high=_INFINITE, takes_low=True)
    return Spikes(*_core.spikes(y, window, threshold))


def plateaus(values: Any, *, window: int = 20, tolerance: float = 0.001) -> Stretches:
    """Stretches over which a series is level.

    A window is level if its least-squares line changes by at most ``tolerance * |mean|`` from its
    first row to its last; a plateau is the union of overlapping level windows.

    Args:
        values: Real numbers, one dimension; those that are not finite are left out.
        window: Rows, at least two.
        tolerance: Share of the mean, 0 or more.

    Raises:
        ArgumentTypeError: An argument has the wrong type.
        InvalidArgumentError: Another dimension, a parameter out of bounds.

    Example:
        >>> plateaus([3.0, 2.0, 1.0, 1.0, 1.0, 1.0], window=3).starts
        array([2])
    """
    y = float_array(values, "values")
    window = whole_number(window, "window", at_least=2)
    tolerance = fraction(tolerance, "tolerance", high=_INFINITE, takes_low=True)
    return _stretches(_core.plateaus(y, window, tolerance))


def nan_runs(values: Any) -> Stretches:
    """Stretches of rows whose values are NaN or infinite.

    Args:
        values: Real numbers, one dimension.

    Raises:
        ArgumentTypeError: They are not real numbers.
        InvalidArgumentError: Another dimension.

    Example:
        >>> nan_runs([1.0, float("nan"), float("inf"), 2.0]).stops
        array([3])
    """
    return _stretches(_core.non_finite_runs(float_array(values, "values")))


def divergence(values: Any, *, window: int = 20, factor: float = 0.5) -> Divergence:
    """The first row at which a loss has diverged.

    That is where the mean of the last `window` rows lies above the lowest such mean so far by more
    than `factor` times ``max(|lowest|, first - lowest)``, or where none of them is finite.

    Args:
        values: Real numbers, one dimension.
        window: Rows, at least one.
        factor: Above 0.

    Raises:
        ArgumentTypeError: An argument has the wrong type.
        InvalidArgumentError: Another dimension, a parameter out of bounds.

    Example:
        >>> divergence([2.0, 1.0, 0.5, 0.4, 4.0], window=1).row
        4
    """
    y = float_array(values, "values")
    window = whole_number(window, "window", at_least=1)
    return Divergence(*_core.divergence(y, window, fraction(factor, "factor", high=_INFINITE)))


def convergence(values: Any) -> Convergence:
    """Where a training curve stands, by the rules of `analyze_training_stability`.

    Args:
        values: Losses, one an epoch, one dimension; those that are not finite are left out.

    Raises:
        ArgumentTypeError: They are not real numbers.
        InvalidArgumentError: Another dimension.

    Example:
        >>> convergence([0.5] * 10).status
        'converged'
    """
    return Convergence(*_core.convergence(float_array(values, "values")))


def overfitting(train: Any, val: Any) -> Overfitting:
    """How fast the validation loss leaves the training loss, by `analyze_training_stability`.

    The slope of ``val - train`` over the last ``min(10, n // 2)`` of the n epochs in which both
    are finite, if it is positive; 0 for fewer than five such epochs.

    Args:
        train: Training losses, one an epoch, one dimension.
        val: As many validation losses; NaN in epochs without one.

    Raises:
        ArgumentTypeError: They are not real numbers.
        InvalidArgumentError: Another dimension, another length.

    Example:
        >>> overfitting([5, 4, 3, 2, 1, 0], [1, 1, 1, 2, 3, 4]).score
        2.0
    """
    losses, others = float_array(train, "train"), float_array(val, "val")
    if len(losses) != len(others):
        message = f"val has {len(others)} values and train has {len(losses)}"
        raise InvalidArgumentError(message, argument="val")
    n = int(np.count_nonzero(np.isfinite(losses) & np.isfinite(others)))
    return Overfitting(_core.overfitting_score(losses, others), n)


def _stretches(pairs: list[tuple[int, int]]) -> Stretches:
    table = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return Stretches(table[:, 0].copy(), table[:, 1].copy())
