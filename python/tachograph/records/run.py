"""A run, opened for reading."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal

from tachograph._core import Reader
from tachograph.analysis.column_names import column_names
from tachograph.analysis.named_column import named_column
from tachograph.exceptions import ArgumentTypeError, RecorderClosedError, RunNotFoundError
from tachograph.records.epoch_sequence import EpochSequence
from tachograph.records.experiment import Experiment
from tachograph.records.log_file import LOG_NAME
from tachograph.records.near_runs import with_runs_below
from tachograph.records.queries import RecordQueries
from tachograph.records.step_sequence import StepRecord, StepSequence, step_record
from tachograph.records.upward import reach

if TYPE_CHECKING:
    from typing import Self

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Run", "RunStatus", "open"]

_CHUNK_ROWS = 1024


@dataclass(frozen=True, slots=True)
class RunStatus:
    """The state of a run on disk.

    Attributes:
        state: ``"running"`` while a process writes it, ``"closed"`` after an orderly end,
            ``"crashed"`` after any other, ``"packed"`` for a single file made by `tacho pack`.
        rows: Rows that can be read, epochs and steps together.
        steps: Rows of the steps table.
        epochs: Rows of the epochs table.
        bytes: Size of all files of the run.
        damaged: Whether reading has met damaged bytes so far; `Run.report` says where.
        rows_lost: Rows that damage took, as far as that is known; `Run.report` says whether it is.
        holder: Who writes the run; None where nobody does.
    """

    state: Literal["running", "closed", "crashed", "packed"]
    rows: int
    steps: int
    epochs: int
    bytes: int
    damaged: bool
    rows_lost: int
    holder: str | None


class Run(RecordQueries):
    """A run, read only; live while its writer runs.

    Every access takes in what was written since, so nothing need be reopened. Damage never
    raises: what is sound is there, and `report` says what is not.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Opens a run.

        Args:
            path: The run's directory, or its .tacho file.

        Raises:
            RunNotFoundError: There is no run; of a directory of runs the message names some.
            UnsupportedFormatError: It was written by a newer version, or is no log.
            OSError: It cannot be read.
        """
        if not isinstance(path, str | os.PathLike):
            message = f"path must be a str or a path, not {type(path).__name__}"
            raise ArgumentTypeError(message, argument="path")
        place = Path(path)
        try:
            # Whoever changes the working directory still means this run.
            reader = Reader.open(str(place.absolute()))
        except RunNotFoundError as error:
            raise with_runs_below(error, place) from None
        self._begin(reader, place)

    @classmethod
    def over(cls, reader: Reader, path: Path) -> Self:
        """A run whose reader is open already.

        Args:
            reader: What reads it.
            path: Where it was opened, as it was named.
        """
        run = cls.__new__(cls)
        run._begin(reader, path)  # noqa: SLF001 -- its own
        return run

    def _begin(self, reader: Reader, path: Path) -> None:
        self._path = path
        self._place = path.absolute()
        self._reader: Reader | None = reader
        self._steps = StepSequence(self._columns)

    @classmethod
    def from_tensorboard(
        cls,
        log_dir: str | os.PathLike[str],
        *,
        dest: str | os.PathLike[str],
        merge_within_secs: float = 1.0,
    ) -> Self:
        """Makes a run of event files; see `tachograph.importers.import_tensorboard`.

        Args:
            log_dir: A directory of event files, or one of them. Directories below it are runs of
                their own; `tacho import` takes them all.
            dest: The directory of the new run, which must not exist.
            merge_within_secs: How far apart in wall time scalars of one row may lie.

        Returns:
            The new run; `imported` says what was left out.
        """
        report = reach("import_tensorboard")(log_dir, dest, merge_within_secs=merge_within_secs)
        return cls(report.path)

    @classmethod
    def from_csv(cls, path: str | os.PathLike[str], *, dest: str | os.PathLike[str]) -> Self:
        """Makes a run of a CSV file; see `tachograph.importers.import_csv`.

        Args:
            path: A file of Lightning's or Keras' CSVLogger, or an export of ours.
            dest: The directory of the new run, which must not exist.

        Returns:
            The new run; `imported` says what was left out.
        """
        return cls(reach("import_csv")(path, dest).path)

    @classmethod
    def from_record(cls, path: str | os.PathLike[str], *, dest: str | os.PathLike[str]) -> Self:
        """Makes a run of a record as JSON or pickle; see `tachograph.importers.import_record`.

        Args:
            path: A file of `save` or `export_to_pickle`, or of an older recorder of this shape.
            dest: The directory of the new run, which must not exist.

        Returns:
            The new run.
        """
        return cls(reach("import_record")(path, dest).path)

    @classmethod
    def from_wandb(cls, path: str | os.PathLike[str], *, dest: str | os.PathLike[str]) -> Self:
        """Makes a run of a run file of W&B; see `tachograph.importers.import_wandb`.

        Args:
            path: ``run-<id>.wandb``, or the directory that holds one.
            dest: The directory of the new run, which must not exist.

        Returns:
            The new run; `imported` says what was left out.
        """
        return cls(reach("import_wandb")(path, dest).path)

    def __repr__(self) -> str:
        if self._reader is None:
            return f"<Run closed: {self._path}>"
        return f"<Run {self.experiment_name!r} {self.run_id}: {self._path}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._place,)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Lets go of the files. A second call does nothing."""
        self._reader = None

    def refresh(self) -> bool:
        """Takes in what was written since; every access does so by itself.

        Returns:
            Whether anything was.
        """
        return self._open_reader().refresh()

    @property
    def path(self) -> Path:
        """The path that was opened."""
        return self._path

    @property
    def run_id(self) -> str:
        """The run's id."""
        return self._experiment_record().run_id

    @property
    def experiment_name(self) -> str:
        """The experiment's name, exactly as it was given."""
        return self._experiment_record().name

    @property
    def model_config(self) -> Any:
        """The model's configuration, as the log keeps it: tuples as lists, objects as text."""
        return self._experiment_record().model_config

    @property
    def training_config(self) -> Any:
        """The training's configuration, as the log keeps it."""
        return self._experiment_record().training_config

    @property
    def environment(self) -> dict[str, Any]:
        """What was captured of the machine and the software; empty where nothing was."""
        return dict(self._environment_record())

    @property
    def early_stopping_info(self) -> dict[str, Any]:
        """What the training said of its early stopping."""
        return dict(self._early_stopping_record())

    @property
    def imported(self) -> dict[str, Any]:
        """What an import brought and what it left out; empty of a run that was recorded."""
        return dict(_mapping(self._columns().records().get("imported")))

    @property
    def metrics(self) -> list[str]:
        """The names of the metrics of the steps, in first-seen order."""
        return column_names(self._columns(), "steps")

    @property
    def epochs(self) -> EpochSequence:
        """The epochs of the run, lazily; their records are read-only."""
        return EpochSequence(self._columns)

    @property
    def steps(self) -> StepSequence:
        """The steps of the run, lazily; rows of one step are merged."""
        return self._steps

    @property
    def status(self) -> RunStatus:
        """Whether it runs, was closed or crashed, and its size."""
        reader = self._columns()
        report = reader.report()
        epochs, steps = reader.counts()
        return RunStatus(
            state=self._state(reader),
            rows=steps + epochs,
            steps=steps,
            epochs=epochs,
            bytes=report["file_bytes"],
            damaged=bool(report["damage"]),
            rows_lost=report["rows_lost"],
            holder=reader.holder,
        )

    @property
    def report(self) -> dict[str, Any]:
        """What reading met so far: rows kept and lost, damaged ranges, a torn tail, the files.

        A closed run is read where it is asked; `tachograph.records.salvage.verify` reads it all.
        """
        return self._columns().report()

    def history(
        self, name: str, table: str = "steps"
    ) -> tuple[NDArray[np.int64], NDArray[np.float64] | NDArray[np.int64]]:
        """A column.

        Args:
            name: For the steps a metric's name, exactly. For the epochs a field (``"train_loss"``,
                ``"val_loss"``, ``"learning_rate"``, ``"epoch_time"``, ``"memory_usage"``,
                ``"gradient_norm"``, ``"is_best"``), or ``"train/"`` or ``"val/"`` and then a
                metric's name, exactly.
            table: ``"steps"`` or ``"epochs"``.

        Returns:
            The steps (or epoch labels) that have a value, int64[n], and the values, float64[n], or
            int64[n] where all of them were integers; in log order; read-only.

        Raises:
            UnknownMetricError: There is no such column; the message lists near names.
            InvalidArgumentError: There is no such table.
        """
        return named_column(self._columns(), name, table)

    def follow(self, *, poll_secs: float = 0.2) -> Iterator[StepRecord]:
        """Yields the raw rows of the steps as they come, from the first one on.

        Ends once nobody writes the run and all rows were given.

        Args:
            poll_secs: Seconds between two looks while nothing comes.
        """
        position, last_seq = 0, -1
        while True:
            # Asked first: rows written before the writer went away are then sure to be seen.
            alive = self._open_reader().writer_alive
            reader = self._columns()
            n_rows = reader.length("steps")
            if not _is_at(reader, position, last_seq):  # a resumed run hid rows
                position = _first_after(reader, last_seq)
            while position < n_rows:
                for row in reader.rows("steps", position, min(position + _CHUNK_ROWS, n_rows)):
                    position += 1
                    if row["seq"] > last_seq:
                        last_seq = row["seq"]
                        yield step_record(row)
            if not alive:
                return
            time.sleep(poll_secs)

    def _state(self, reader: Reader) -> Literal["running", "closed", "crashed", "packed"]:
        if reader.writer_alive:
            return "running"
        if not self._place.is_dir() and self._place.name != LOG_NAME:
            return "packed"
        return "closed" if reader.closed else "crashed"

    def _open_reader(self) -> Reader:
        if self._reader is None:
            raise RecorderClosedError(f"the run was closed: {self._path}")
        return self._reader

    def _columns(self) -> Reader:
        reader = self._open_reader()
        reader.refresh()
        return reader

    def _experiment_record(self) -> Experiment:
        reader = self._columns()
        return Experiment.from_records(reader.records(), reader.run_id)

    def _environment_record(self) -> Mapping[str, Any]:
        return _mapping(self._columns().records().get("environment"))

    def _early_stopping_record(self) -> Mapping[str, Any]:
        return _mapping(self._columns().records().get("early_stopping_info"))


def open(path: str | os.PathLike[str]) -> Run:  # noqa: A001 -- called as tachograph.open
    """Opens a run for reading.

    Args:
        path: The run's directory, or its .tacho file.

    Returns:
        The run; live while its writer runs.

    Raises:
        RunNotFoundError: There is no run.
        UnsupportedFormatError: It was written by a newer version, or is no log.
        OSError: It cannot be read.
    """
    return Run(path)


def _is_at(reader: Reader, position: int, last_seq: int) -> bool:
    """Whether the row before `position` is still the one that was given last."""
    rows = reader.rows("steps", position - 1, position) if position else []
    return not position or (bool(rows) and rows[0]["seq"] == last_seq)


def _first_after(reader: Reader, seq: int) -> int:
    places = reader.index("steps")[3]
    return int(places.searchsorted(seq, side="right"))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
