"""The questions that a recorder and a run answer alike."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, overload

from tachograph._core import Reader
from tachograph.analysis.column_names import check_table
from tachograph.analysis.comparison import compare_runs
from tachograph.analysis.histories import loss_history, metric_history, series
from tachograph.analysis.summary import best_validation_loss, stability, training_summary
from tachograph.export.csv_file import CsvLayout, write_csv
from tachograph.export.event_file import write_events
from tachograph.export.json_file import (
    FORMAT_VERSION,
    is_json_lines,
    write_json_lines,
    write_record_json,
    write_steps_json,
)
from tachograph.export.parquet_file import write_parquet
from tachograph.export.pickle_file import write_pickle
from tachograph.export.target import OnProgress, PathLike, Sink, prepared
from tachograph.records.attempt import Attempt
from tachograph.records.epoch_record import EpochRecord
from tachograph.records.epoch_sequence import EpochSequence, epoch_values
from tachograph.records.experiment import Experiment
from tachograph.records.statistics import RecordStatistics
from tachograph.records.step_sequence import StepSequence

__all__ = ["RecordQueries"]

_CHUNK_ROWS = 1024


class RecordQueries(RecordStatistics):
    """Histories, analyses and exports over a run's columns.

    A class that mixes this in says where the columns are and what the run is about.
    """

    # ---- what the class with the columns provides

    def _columns(self) -> Reader:
        """The run's reader, up to date."""
        raise NotImplementedError

    def _experiment_record(self) -> Experiment:
        raise NotImplementedError

    def _environment_record(self) -> Mapping[str, Any]:
        raise NotImplementedError

    def _early_stopping_record(self) -> Mapping[str, Any]:
        raise NotImplementedError

    @property
    def epochs(self) -> EpochSequence:
        """The epochs of the run, lazily."""
        raise NotImplementedError

    @property
    def steps(self) -> StepSequence:
        """The steps of the run, lazily; adjacent rows of one step are merged."""
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
        return self._columns().convergence()

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

    # ---- exports

    @overload
    def save(self, path: PathLike, *, progress: OnProgress | None = None) -> Path: ...
    @overload
    def save(self, path: Sink, *, progress: OnProgress | None = None) -> Sink: ...
    def save(self, path: PathLike | Sink, *, progress: OnProgress | None = None) -> Path | Sink:
        """Writes the complete record of the epochs as strict JSON.

        The file is written beside the target and renamed over it: a crash leaves the old one.
        NaN and infinities are the strings ``"NaN"``, ``"Infinity"``, ``"-Infinity"``.

        Args:
            path: The file; parent directories are made. ``.gz`` or ``.zst`` at its end compresses.
                Or a binary file object, to which it is written as it comes.
            progress: Is called with (rows done, rows in all), now and then and at the end; what it
                raises ends the export.

        Returns:
            The file's path, or the file object.
        """
        out = prepared(path)
        write_record_json(self._columns(), out, self._head(), self._tail(), progress=progress)
        return out

    @overload
    def export_to_json(
        self, path: PathLike, table: str = "epochs", *, progress: OnProgress | None = None
    ) -> Path: ...
    @overload
    def export_to_json(
        self, path: Sink, table: str = "epochs", *, progress: OnProgress | None = None
    ) -> Sink: ...
    def export_to_json(
        self, path: PathLike | Sink, table: str = "epochs", *, progress: OnProgress | None = None
    ) -> Path | Sink:
        """Writes a table as JSON: the epochs as `save` does, the steps as one list a column.

        Args:
            path: As for `save`. A path that ends in ``.jsonl`` gets one object a row and line;
                behind that, or any other ending, ``.gz`` or ``.zst`` compresses.
            table: ``"epochs"`` or ``"steps"``.
            progress: As for `save`; the steps are counted once for each list.

        Returns:
            The file's path, or the file object.
        """
        checked = check_table(table)
        out = prepared(path)
        if is_json_lines(path):
            write_json_lines(self._columns(), out, checked, progress)
        elif checked == "epochs":
            write_record_json(self._columns(), out, self._head(), self._tail(), progress=progress)
        else:
            write_steps_json(self._columns(), out, self._head(), progress)
        return out

    @overload
    def export_to_csv(
        self,
        path: PathLike,
        table: str = "epochs",
        *,
        formula_guard: bool = True,
        layout: CsvLayout = "wide",
        progress: OnProgress | None = None,
    ) -> Path: ...
    @overload
    def export_to_csv(
        self,
        path: Sink,
        table: str = "epochs",
        *,
        formula_guard: bool = True,
        layout: CsvLayout = "wide",
        progress: OnProgress | None = None,
    ) -> Sink: ...
    def export_to_csv(
        self,
        path: PathLike | Sink,
        table: str = "epochs",
        *,
        formula_guard: bool = True,
        layout: CsvLayout = "wide",
        progress: OnProgress | None = None,
    ) -> Path | Sink:
        """Writes a table as CSV.

        Args:
            path: As for `save`.
            table: ``"epochs"`` or ``"steps"``.
            formula_guard: Whether text and headers that a spreadsheet would run as a formula are
                defused by an apostrophe; numbers are never touched.
            layout: ``"wide"`` for a line a record and a column a metric, ``"long"`` for a line a
                value, with the columns ``metric`` and ``value``.
            progress: As for `save`.

        Returns:
            The file's path, or the file object.
        """
        checked = check_table(table)
        out = prepared(path)
        write_csv(
            self._columns(),
            out,
            checked,
            formula_guard=formula_guard,
            layout=layout,
            progress=progress,
        )
        return out

    def export_to_parquet(self, path: PathLike, table: str = "epochs") -> Path:
        """Writes a table as Parquet, with the columns of `export_to_csv` in types of their own.

        The file's key-value metadata has `tachograph.run_id`, `tachograph.experiment`,
        `tachograph.table` and `tachograph.format_version`. pyarrow writes it, batch by batch.

        Args:
            path: The file; parent directories are made.
            table: ``"epochs"`` or ``"steps"``.

        Returns:
            The file's path.

        Raises:
            MissingExtraError: pyarrow is not installed.
        """
        checked = check_table(table)
        experiment = self._experiment_record()
        metadata = {
            "tachograph.run_id": experiment.run_id,
            "tachograph.experiment": experiment.name,
            "tachograph.table": checked,
            "tachograph.format_version": str(FORMAT_VERSION),
        }
        return write_parquet(self._columns().frame(checked), path, metadata)

    def export_to_tensorboard(
        self, log_dir: PathLike, *, progress: OnProgress | None = None
    ) -> Path:
        """Writes epochs and steps as an event file of TensorBoard, which need not be installed.

        Tags of an epoch are ``Loss/train``, ``Loss/val``, ``Metrics/train_<metric>``,
        ``Metrics/val_<metric>``, ``Learning_Rate``, ``Gradient_Norm``, ``Epoch_Time`` (seconds) and
        ``Memory_Usage_MB``; a step's metrics keep their names (``metric.<name>`` where an epoch's
        tag is called so). Steps and wall times are those of the log; values are 32-bit floats,
        which is what TensorBoard's scalars hold. Text and arrays are left out. The configurations
        are hyperparameters (``model.<name>``, ``training.<name>``). A second export replaces the
        file of the first.

        Args:
            log_dir: The directory for ``tensorboard --logdir``; made where it is missing.
            progress: As for `save`.

        Returns:
            The event file's path.
        """
        experiment = self._experiment_record()
        configurations = {
            "model": experiment.model_config,
            "training": experiment.training_config,
        }
        return write_events(
            self._columns(), log_dir, experiment.run_id, configurations, progress=progress
        )

    def export_to_pickle(self, path: PathLike) -> Path:
        """Writes the record of `save` as a pickle of built-in and NumPy types only.

        Args:
            path: The file; parent directories are made.

        Returns:
            The file's path.
        """
        reader = self._columns()
        epochs: list[dict[str, Any]] = []
        for start in range(0, reader.length("epochs"), _CHUNK_ROWS):
            stop = min(start + _CHUNK_ROWS, reader.length("epochs"))
            epochs += map(epoch_values, reader.rows("epochs", start, stop))
        return write_pickle(path, {**self._head(), "epochs": epochs, **self._tail()})

    def _head(self) -> dict[str, Any]:
        experiment = self._experiment_record()
        return {
            "format_version": FORMAT_VERSION,
            "experiment_name": experiment.name,
            "run_id": experiment.run_id,
            "model_config": experiment.model_config,
            "training_config": experiment.training_config,
            "experiment_metadata": dict(self._environment_record()),
        }

    def _tail(self) -> dict[str, Any]:
        created = self._experiment_record().created
        return {
            "best_epoch": self.best_epoch,
            "best_val_loss": self.best_val_loss,
            "early_stopping_info": dict(self._early_stopping_record()),
            "training_summary": self.get_training_summary(),
            "created_at": None if created is None else created.isoformat(),
            "saved_at": datetime.now(UTC).isoformat(),
        }
