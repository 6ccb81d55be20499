"""The compiled core. Its classes are wrapped by the package; use the package's own names."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Literal, final

import numpy as np
from numpy.typing import NDArray

__version__: Final[str]

type Table = Literal["epochs", "steps"]
type Scalar = float | int | bool

ROLE_FIELD: Final = 0
ROLE_METRIC: Final = 1
ROLE_TRAIN: Final = 2
ROLE_VAL: Final = 3

class Writer:
    """The native base of `TrainingRecorder`: one attempt's writer.

    Made empty by `__new__` (any arguments); `_open` gives it a log.
    """

    def __new__(cls, *args: object, **kwargs: object) -> Writer: ...
    def _open(
        self,
        run_dir: str | None,
        *,
        run_id: str,
        create: bool,
        durability: Literal["process", "interval", "always"] = "interval",
        sync_interval_secs: float = 1.0,
        on_error: Literal["warn", "raise"] = "warn",
        mechanism: Literal["auto", "mmap", "write"] = "auto",
        attempt: Mapping[str, object] | None = None,
        preamble: Mapping[str, object] | None = None,
    ) -> None:
        """Opens (`create=False`) or creates the run in `run_dir`; None keeps it in memory.

        `attempt` is what the attempt record says beside what the core adds (pid, host, started);
        `preamble` are structured records written at once (see `_put`).
        Raises RunLockedError, RunExistsError, RunNotFoundError, UnsupportedFormatError, OSError.
        """

    def log_step(
        self,
        step: int | None = None,
        metrics: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None: ...
    def log_steps(self, steps: Any, metrics: Mapping[str, Any]) -> None: ...
    def _append_epoch(
        self,
        epoch: int,
        wall_micros: int,
        fields: Mapping[str, Scalar | None],
        train: Mapping[str, Any],
        val: Mapping[str, Any],
        sample_predictions: Mapping[str, Any] | None,
    ) -> int:
        """Appends an epoch row; returns its place in the log (seq).

        Values of `train` and `val` that are scalars by the rules of `log_step` become columns;
        all others are kept as structured values (arrays, text, lists, dicts).
        """

    def _amend(self, seq: int, role: int, name: str, value: Any) -> None:
        """Sets one value of the epoch row `seq`, by appending. Name `timestamp` (role 0) takes
        microseconds; `epoch` cannot be amended. None makes it absent."""

    def _put(self, key: str, value: Any) -> None:
        """Writes a structured record; the last one of a key counts.

        Keys in use: experiment (name, model_config, training_config, created), environment,
        early_stopping_info.
        """

    def _reader(self) -> Reader:
        """A reader of this writer's own run; `refresh()` shows what was logged since."""

    def sync(self) -> None:
        """Puts everything logged so far on the disk (fdatasync). Raises OSError."""

    def _close(self, timeout_secs: float | None = None) -> bool:
        """Seals, writes the index, releases the lock. False where the time ran out (nothing is
        lost; the run then reads as not closed). A second call does nothing and returns True."""

    def _abandon(self) -> None:
        """Lets go of everything without a system call that could block; for a forked child."""

    @property
    def _status(self) -> dict[str, Any]:
        """rows, steps, epochs, bytes, pending, dropped, stalled_seconds, queued_bytes,
        last_error (str or None), closed, mechanism ("mmap", "write", "memory"), sealed_rows."""

    @property
    def _attempt(self) -> int: ...
    @property
    def _next_step(self) -> int: ...

@final
class Reader:
    """A run as columns. Rows that a later attempt replaced are hidden (`history="all"` shows them)."""

    @staticmethod
    def open(path: str) -> Reader:
        """`path` is a run directory or a .tacho file. Raises RunNotFoundError,
        UnsupportedFormatError, OSError. Damage does not raise: see `report`."""

    def refresh(self) -> bool:
        """Takes in what was written since; whether anything was."""

    @property
    def path(self) -> str | None: ...
    @property
    def run_id(self) -> str:
        """Hex of the run's 16-byte identity (the run id's own text is in the experiment record)."""

    @property
    def closed(self) -> bool:
        """Whether the last attempt was closed."""

    @property
    def writer_alive(self) -> bool:
        """Whether a process holds the run for writing now."""

    @property
    def holder(self) -> str | None: ...
    def report(self) -> dict[str, Any]:
        """What reading met: rows (kept), rows_lost, damage (list of {file, offset, length, reason,
        rows, table, first_step, last_step}), torn_tail_bytes, first_bad_offset, file_bytes, rows_sealed,
        files (list of {name, bytes})."""

    def length(self, table: Table) -> int: ...
    def schema(self, table: Table) -> list[tuple[int, str, Literal["int", "float"]]]:
        """(role, name, kind) of each scalar column in first-seen order."""

    def extra_keys(self, table: Table) -> list[tuple[int, str]]:
        """(role, name) of each column with structured values, in first-seen order."""

    def column(
        self, table: Table, role: int, name: str
    ) -> tuple[NDArray[np.int64], NDArray[np.float64] | NDArray[np.int64]] | None:
        """(labels, values) of the rows that hold a value, in log order; read-only arrays. None
        where there is no such column."""

    def column_rows(self, table: Table, role: int, name: str) -> NDArray[np.int64] | None:
        """For each value of `column`, the position of its row in the table."""

    def index(
        self, table: Table
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """(label, wall_micros, attempt, seq) of every visible row."""

    def rows(self, table: Table, start: int, stop: int) -> list[dict[str, Any]]:
        """Rows start..stop as dicts: label, seq, attempt, wall_micros, fields, metrics, train, val
        (dicts name -> value; structured values included)."""

    def last_with_label(self, table: Table, label: int) -> int | None:
        """Position of the last row with this label."""

    def records(self) -> dict[str, Any]:
        """The structured records, the last one of each key."""

    def attempts(self) -> list[dict[str, Any]]:
        """One dict an attempt: attempt, pid, host, started_micros, ended_micros (None while it
        runs or after a crash), closed, rows, first_step, last_step, dropped and what `attempt=` gave."""

    def export_csv(
        self, out: str | Any, table: Table, *, formula_guard: bool = True
    ) -> None:
        """To a path (written beside it, then renamed) or a binary file object."""

    def export_record_json(
        self, out: str | Any, head: Sequence[tuple[str, Any]], tail: Sequence[tuple[str, Any]]
    ) -> None: ...
    def export_steps_json(
        self, out: str | Any, head: Sequence[tuple[str, Any]], tail: Sequence[tuple[str, Any]]
    ) -> None: ...
    def stability(self) -> dict[str, Any]: ...
    def convergence(self) -> dict[str, Any]: ...
    def best(self) -> tuple[int, int, float] | None:
        """(row position, epoch label, monitored loss) of the best epoch."""

def value_to_json(value: Any) -> str:
    """One structured value in the encoding of `save`, strict JSON."""

def verify(path: str) -> dict[str, Any]:
    """Reads every byte of every file and checks it; the report of `Reader.report` with
    `ok` (bool) and `frames`."""

def repair(source: str, target_dir: str, run_id: str) -> dict[str, Any]:
    """Writes what can be read into a new closed run; report as `verify`, with `lossy` (bool)."""

def pack(source: str, target: str) -> dict[str, Any]:
    """Writes one self-contained .tacho file of a live, crashed or closed run; {rows, bytes}."""

def slope(y: Any, x: Any = None) -> float:
    """Least-squares slope of y on x (default 0..n-1); non-finite y are left out."""

def std(y: Any) -> float:
    """Population standard deviation of the finite values."""

def compare(
    first: Mapping[str, Any], second: Mapping[str, Any]
) -> dict[str, Any]: ...
