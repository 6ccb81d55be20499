"""A run as files: JSON, CSV, Parquet, pickle, event files of TensorBoard, an HTML report."""

from __future__ import annotations

from datetime import UTC, datetime
from math import inf
from pathlib import Path
from typing import Any, overload

from tachograph.analysis.column_names import check_table
from tachograph.analysis.summary import training_summary
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
from tachograph.export.target import (
    OnProgress,
    PathLike,
    Sink,
    checked_path,
    checked_progress,
    checked_target,
)
from tachograph.records.epoch_sequence import epoch_values
from tachograph.records.source import RecordSource
from tachograph.records.upward import reach

__all__ = ["RecordExports"]

_CHUNK_ROWS = 1024


class RecordExports(RecordSource):
    """The exports of a run.

    A path is written beside its place and renamed: an older file stays until the new one is whole,
    and keeps its permissions. What cannot be written raises a LogIOError, an OSError. A damaged run
    is exported up to and around the damage; its `report` says what is missing.
    """

    @overload
    def save(self, path: PathLike, *, progress: OnProgress | None = None) -> Path: ...
    @overload
    def save(self, path: Sink, *, progress: OnProgress | None = None) -> Sink: ...
    def save(self, path: PathLike | Sink, *, progress: OnProgress | None = None) -> Path | Sink:
        """Writes the complete record of the epochs as strict JSON.

        NaN and infinities are the strings ``"NaN"``, ``"Infinity"``, ``"-Infinity"``.

        Args:
            path: The file; parent directories are made. ``.gz`` or ``.zst`` at its end compresses.
                Or a binary file object, to which it is written as it comes.
            progress: Is called with (rows done, rows in all), now and then and at the end; what it
                raises ends the export.

        Returns:
            The file's path, or the file object.
        """
        out = checked_target(path)
        checked_progress(progress)
        write_record_json(self._columns(), out, self._head(), self._tail(), progress=progress)
        return out

    @overload
    def export_to_json(
        self,
        path: PathLike,
        table: str = "epochs",
        *,
        lines: bool | None = None,
        progress: OnProgress | None = None,
    ) -> Path: ...
    @overload
    def export_to_json(
        self,
        path: Sink,
        table: str = "epochs",
        *,
        lines: bool | None = None,
        progress: OnProgress | None = None,
    ) -> Sink: ...
    def export_to_json(
        self,
        path: PathLike | Sink,
        table: str = "epochs",
        *,
        lines: bool | None = None,
        progress: OnProgress | None = None,
    ) -> Path | Sink:
        """Writes a table as JSON: the epochs as `save` does, the steps as one list a column.

        Args:
            path: As for `save`; behind ``.jsonl`` too ``.gz`` or ``.zst`` compresses.
            table: ``"epochs"`` or ``"steps"``.
            lines: Whether to write JSON Lines, one object a row and line; None for a path that
                ends in ``.jsonl``.
            progress: As for `save`; the steps are counted once for each list.

        Returns:
            The file's path, or the file object.
        """
        checked = check_table(table)
        out = checked_target(path)
        checked_progress(progress)
        if is_json_lines(out) if lines is None else lines:
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
        out = checked_target(path)
        checked_progress(progress)
        write_csv(
            self._columns(),
            out,
            checked,
            formula_guard=formula_guard,
            layout=layout,
            progress=progress,
        )
        return out

    @overload
    def export_to_parquet(
        self, path: PathLike, table: str = "epochs", *, progress: OnProgress | None = None
    ) -> Path: ...
    @overload
    def export_to_parquet(
        self, path: Sink, table: str = "epochs", *, progress: OnProgress | None = None
    ) -> Sink: ...
    def export_to_parquet(
        self, path: PathLike | Sink, table: str = "epochs", *, progress: OnProgress | None = None
    ) -> Path | Sink:
        """Writes a table as Parquet, with the columns of `export_to_csv` in types of their own.

        The file's key-value metadata has `tachograph.run_id`, `tachograph.experiment`,
        `tachograph.table` and `tachograph.format_version`. pyarrow writes it, batch by batch.

        Args:
            path: A path, or a binary file object, as for `save`; zstd is part of the format, so
                that no ending compresses.
            table: ``"epochs"`` or ``"steps"``.
            progress: As for `save`.

        Returns:
            The file's path, or the file object.

        Raises:
            MissingExtraError: pyarrow is not installed.
        """
        checked = check_table(table)
        out = checked_target(path)
        checked_progress(progress)
        experiment = self._experiment_record()
        metadata = {
            "tachograph.run_id": experiment.run_id,
            "tachograph.experiment": experiment.name,
            "tachograph.table": checked,
            "tachograph.format_version": str(FORMAT_VERSION),
        }
        reader = self._columns()
        write_parquet(
            reader.frame(checked),
            out,
            metadata,
            n_rows=reader.length(checked, merged=True),
            progress=progress,
        )
        return out

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
        file of the first; a TensorBoard that is running keeps showing the first, or misses points,
        until it is restarted.

        Args:
            log_dir: The directory for ``tensorboard --logdir``; made where it is missing.
            progress: As for `save`.

        Returns:
            The event file's path.
        """
        checked_progress(progress)
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
        from tachograph.export.pickle_file import write_pickle  # it loads NumPy

        out = checked_path(path)
        reader = self._columns()
        epochs: list[dict[str, Any]] = []
        for start in range(0, reader.length("epochs"), _CHUNK_ROWS):
            stop = min(start + _CHUNK_ROWS, reader.length("epochs"))
            epochs += map(epoch_values, reader.rows("epochs", start, stop))
        write_pickle(out, {**self._head(), "epochs": epochs, **self._tail()})
        return out

    def export_to_html(self, path: PathLike) -> Path:
        """Writes a report to look at: one HTML file that needs no network.

        `tachograph.report.write_html` takes several runs, and shows them side by side.

        Args:
            path: The file; parent directories are made.

        Returns:
            The file's path.

        Raises:
            MissingExtraError: plotly is not installed.
        """
        out = checked_path(path)
        reach("write_html")(self, out)
        return out

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
        summary = training_summary(self._columns())
        best_loss = summary.get("best_val_loss")
        return {
            "best_epoch": summary.get("best_epoch"),
            "best_val_loss": inf if best_loss is None else float(best_loss),
            "early_stopping_info": dict(self._early_stopping_record()),
            "training_summary": summary,
            "created_at": None if created is None else created.isoformat(),
            "saved_at": datetime.now(UTC).isoformat(),
        }
