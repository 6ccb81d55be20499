"""Statistics of a run's columns, over all steps or some."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from tachograph import analysis
from tachograph.analysis.named_column import named_column
from tachograph.records.source import RecordSource

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from tachograph.analysis import (
        Convergence,
        Divergence,
        MannKendall,
        Overfitting,
        Spikes,
        Stretches,
        TheilSen,
        Trend,
        Volatility,
    )

__all__ = ["RecordStatistics", "Steps"]

Steps = tuple[int | None, int | None] | None
Curve: TypeAlias = "tuple[NDArray[np.int64], NDArray[np.float64]]"


class RecordStatistics(RecordSource):
    """The functions of `tachograph.analysis` over one column.

    `name` and `table` say which, as in `Run.history`; `steps`, a pair (start, stop), takes only
    the steps (or epoch labels) from start to before stop, with None for no bound. x is the step.

    Every method raises UnknownMetricError where there is no such column, and what the function of
    its name raises.
    """

    def trend(
        self, name: str, *, table: str = "steps", steps: Steps = None, level: float = 0.95
    ) -> Trend:
        """The least-squares line of a column over its steps; slope in units a step."""
        labels, values = named_column(self._columns(), name, table, steps)
        return analysis.trend(values, labels, level=level)

    def theil_sen(self, name: str, *, table: str = "steps", steps: Steps = None) -> TheilSen:
        """The Theil-Sen line of a column over its steps; slope in units a step."""
        labels, values = named_column(self._columns(), name, table, steps)
        return analysis.theil_sen(values, labels)

    def mann_kendall(self, name: str, *, table: str = "steps", steps: Steps = None) -> MannKendall:
        """The Mann-Kendall test of a column, in log order."""
        return analysis.mann_kendall(named_column(self._columns(), name, table, steps)[1])

    def volatility(
        self, name: str, *, table: str = "steps", steps: Steps = None, method: str = "std"
    ) -> Volatility:
        """The scatter of a column, in its unit."""
        return analysis.volatility(
            named_column(self._columns(), name, table, steps)[1], method=method
        )

    def rolling(
        self,
        name: str,
        *,
        window: int,
        statistic: str = "mean",
        table: str = "steps",
        steps: Steps = None,
    ) -> Curve:
        """The steps, and a statistic of the `window` values that end at each; slopes a step."""
        labels, values = named_column(self._columns(), name, table, steps)
        return labels, analysis.rolling(values, labels, window=window, statistic=statistic)

    def smooth(
        self,
        name: str,
        *,
        table: str = "steps",
        steps: Steps = None,
        method: str = "exponential",
        window: int | None = None,
        alpha: float | None = None,
        weight: float | None = None,
    ) -> Curve:
        """The steps, and a smoother curve, in log order."""
        labels, values = named_column(self._columns(), name, table, steps)
        curve = analysis.smooth(values, method=method, window=window, alpha=alpha, weight=weight)
        return labels, curve

    def downsample(
        self,
        name: str,
        n_out: int,
        *,
        table: str = "steps",
        steps: Steps = None,
        method: str = "minmaxlttb",
    ) -> tuple[NDArray[np.int64], NDArray[np.float64] | NDArray[np.int64]]:
        """Steps and values of the points that draw a column, by ascending step."""
        labels, values = named_column(self._columns(), name, table, steps)
        if (labels[1:] < labels[:-1]).any():
            order = labels.argsort(kind="stable")
            labels, values = labels[order], values[order]
        chosen = analysis.downsample(labels, values, n_out, method=method)
        return labels[chosen], values[chosen]

    def spikes(
        self,
        name: str,
        *,
        table: str = "steps",
        steps: Steps = None,
        window: int = 20,
        threshold: float = 6.0,
    ) -> tuple[NDArray[np.int64], Spikes]:
        """The steps of values far from those before, and their rows among the values taken."""
        labels, values = named_column(self._columns(), name, table, steps)
        found = analysis.spikes(values, window=window, threshold=threshold)
        return labels[found.rows], found

    def plateaus(
        self,
        name: str,
        *,
        table: str = "steps",
        steps: Steps = None,
        window: int = 20,
        tolerance: float = 0.001,
    ) -> list[tuple[int, int]]:
        """The first and the last step of each level stretch, both included."""
        labels, values = named_column(self._columns(), name, table, steps)
        return _steps_of(analysis.plateaus(values, window=window, tolerance=tolerance), labels)

    def nan_runs(
        self, name: str, *, table: str = "steps", steps: Steps = None
    ) -> list[tuple[int, int]]:
        """The first and the last step of each run of NaN and infinities, both included."""
        labels, values = named_column(self._columns(), name, table, steps)
        return _steps_of(analysis.nan_runs(values), labels)

    def divergence(
        self,
        name: str,
        *,
        table: str = "steps",
        steps: Steps = None,
        window: int = 20,
        factor: float = 0.5,
    ) -> tuple[int | None, Divergence]:
        """The step at which a loss diverged, and what was found, by rows of the values taken."""
        labels, values = named_column(self._columns(), name, table, steps)
        found = analysis.divergence(values, window=window, factor=factor)
        return None if found.row is None else int(labels[found.row]), found

    def convergence(self, name: str, *, table: str = "steps", steps: Steps = None) -> Convergence:
        """Where a curve stands, in log order."""
        return analysis.convergence(named_column(self._columns(), name, table, steps)[1])

    def overfitting(
        self,
        train: str = "train_loss",
        val: str = "val_loss",
        *,
        table: str = "epochs",
        steps: Steps = None,
    ) -> Overfitting:
        """How fast column `val` leaves column `train`, by a row of the latter.

        Rows are paired by their step; of several rows of `val` at one step the last counts.
        """
        columns = self._columns()
        labels, losses = named_column(columns, train, table, steps)
        return analysis.overfitting(losses, _at(labels, *named_column(columns, val, table, steps)))


def _at(
    wanted: NDArray[np.int64],
    labels: NDArray[np.int64],
    values: NDArray[np.float64] | NDArray[np.int64],
) -> NDArray[np.float64]:
    """The last value at each wanted label, NaN where there is none."""
    import numpy as np

    order = np.argsort(labels, kind="stable")
    before = np.searchsorted(labels, wanted, side="right", sorter=order)
    found = np.full(len(wanted), np.nan)
    has_before = before > 0
    last = order[before[has_before] - 1]
    found[has_before] = np.where(labels[last] == wanted[has_before], values[last], np.nan)
    return found


def _steps_of(rows: Stretches, labels: NDArray[np.int64]) -> list[tuple[int, int]]:
    firsts, lasts = labels[rows.starts].tolist(), labels[rows.stops - 1].tolist()
    return list(zip(firsts, lasts, strict=True))
