"""The questions that a recorder and a run answer alike."""

from __future__ import annotations

from typing import Any

from tachograph.analysis.comparison import compare_runs
from tachograph.analysis.histories import loss_history, metric_history, series
from tachograph.analysis.summary import best_validation_loss, stability, training_summary
from tachograph.records.attempt import Attempt
from tachograph.records.epoch_record import EpochRecord
from tachograph.records.epoch_sequence import EpochSequence
from tachograph.records.exports import RecordExports
from tachograph.records.statistics import RecordStatistics
from tachograph.records.step_sequence import StepSequence
from tachograph.records.views import RecordViews

__all__ = ["RecordQueries"]


class RecordQueries(RecordStatistics, RecordExports, RecordViews):
    """Histories, analyses and exports over a run's columns."""

    @property
    def epochs(self) -> EpochSequence:
        """The epochs of the run, lazily."""
        raise NotImplementedError

    @property
    def steps(self) -> StepSequence:
        """The steps of the run, lazily; rows of one step are merged."""
        raise NotImplementedError

    # ---- what the run is about

    @property
    def attempts(self) -> list[Attempt]:
        """The attempts of the run, the first one first."""
        return [Attempt.from_core(row) for row in self._columns().attempts()]

    @property
    def best_epoch(self) -> int | None:
        """The label of the best epoch; None while none has a loss that can be best.

        The smallest validation loss is best, or the smallest training loss as long as no epoch
        has a validation loss to compare; ties keep the earlier epoch; NaN and +inf are never best.
        """
        best = self._columns().best()
        return None if best is None else best[1]

    @property
    def best_val_loss(self) -> float:
        """The validation loss of the best epoch; +inf while there is none."""
        return best_validation_loss(self._columns())

    # ---- histories

    def get_metric_history(self, metric_name: str, split: str = "train") -> list[Any]:
        """The values of a metric in log order.

        Args:
            metric_name: The metric's name, exactly.
            split: ``"train"`` or ``"val"``.

        Returns:
            For ``"train"`` one entry an epoch, for ``"val"`` one for each epoch that has any
            validation metric; NaN where the epoch lacks this one. Empty where no epoch has it.
            `get_series` gives only what was recorded, with its epochs.

        Raises:
            InvalidArgumentError: `split` is neither.
        """
        return metric_history(self._columns(), metric_name, split)

    def get_loss_history(self) -> tuple[list[float], list[float]]:
        """Training and validation losses in log order.

        Returns:
            Two lists; epochs without a validation loss have no entry in the second. Use
            `get_series` for values that line up with epochs.
        """
        return loss_history(self._columns())

    def get_series(self, name: str, split: str = "train") -> tuple[list[int], list[Any]]:
        """A value and the epochs that have it.

        Args:
            name: ``"loss"`` (the loss of `split`), a field (``"train_loss"``, ``"val_loss"``,
                ``"learning_rate"`` or ``"lr"``, ``"epoch_time"``, ``"memory_usage"``,
                ``"gradient_norm"``, ``"is_best"``), a metric of `split`, or ``"train/<metric>"``,
                ``"val/<metric>"``. A field comes before a metric of its name; the long form
                always means the metric.
            split: ``"train"`` or ``"val"``.

        Returns:
            The labels of the epochs that have a value, and the values; two empty lists where none
            has.

        Raises:
            InvalidArgumentError: `split` is neither.
        """
        return series(self._columns(), name, split)

    def get_best_epoch(self) -> EpochRecord | None:
        """The record of the best epoch; None while there is none (see `best_epoch`)."""
        best = self._columns().best()
        return None if best is None else self.epochs[best[0]]

    # ---- analyses

    def get_training_summary(self) -> dict[str, Any]:
        """Counts, times, the best epoch and the analyses, in plain Python types.

        Returns:
            `total_epochs`; `total_time` and `avg_epoch_time` in seconds; `best_epoch` (label),
            `best_train_loss`, `best_val_loss` of the best epoch; `final_learning_rate`;
            `convergence_info`; `stability_analysis`. Empty without epochs.
        """
        return training_summary(self._columns())

    def analyze_training_stability(self) -> dict[str, Any]:
        """Trend, volatility, overfitting and convergence of the losses.

        Returns:
            `train_trend`, `val_trend`: slope of the least-squares line, loss an epoch;
            `train_volatility`, `val_volatility`: population standard deviation;
            `overfitting_score`: 0 or more; `convergence_status`; `non_finite_train`,
            `non_finite_val`: losses left out. Empty for fewer than two epochs.
        """
        return stability(self._columns())

    def analyze_convergence(self) -> dict[str, Any]:
        """Whether the training loss fell between the beginning and the end.

        Returns:
            `status` (``"converging"`` or ``"plateaued"``), `improvement` (mean of the first five
            losses less that of the last five), `stability` (standard deviation of the last five);
            only ``{"status": "insufficient_data"}`` for fewer than ten epochs.
        """
        convergence: dict[str, Any] = self._columns().losses()["convergence"]
        return convergence

    def _analyze_convergence(self) -> dict[str, Any]:
        """As `analyze_convergence`; existing programs call it so."""
        return self.analyze_convergence()

    def compare_with(self, other: RecordQueries) -> dict[str, Any]:
        """Compares this run with another.

        Args:
            other: A recorder or a run.

        Returns:
            `better_performer` (the experiment name of the run with the smaller best loss,
            ``"tie"``, or None where nothing can be compared), `better_index` (0 this run, 1 the
            other), `loss_difference`, `epoch_difference`, `compared` (``"val"`` or ``"train"``),
            and lists of two in `experiment_names`, `total_epochs`, `best_val_loss`, `total_time`;
            `convergence_comparison` repeats the first three.
        """
        names = (self._experiment_record().name, other._experiment_record().name)
        return compare_runs(names, (self._columns(), other._columns()))
