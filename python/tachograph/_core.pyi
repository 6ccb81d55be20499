"""The compiled core. Its classes are wrapped by the package; use the package's own names."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal, Self, TypeAlias, final

import numpy as np
from numpy.typing import NDArray
from typing_extensions import disjoint_base

__all__ = [
    "ROLE_FIELD",
    "ROLE_METRIC",
    "ROLE_TRAIN",
    "ROLE_VAL",
    "EventFiles",
    "Frame",
    "GradientBuffers",
    "HealthWatch",
    "Place",
    "PredictionTotals",
    "Reader",
    "StreamingDivergence",
    "StreamingMean",
    "StreamingNonFinite",
    "StreamingPlateau",
    "StreamingSpikes",
    "StreamingTrend",
    "WandbFile",
    "WeightBuffers",
    "Writer",
    "__version__",
    "convergence",
    "course_divergence",
    "course_plateau",
    "course_spikes",
    "divergence",
    "downsample",
    "exponential",
    "line",
    "mann_kendall",
    "moments",
    "non_finite_runs",
    "number_in_cell",
    "overfitting_score",
    "pack",
    "plateaus",
    "read_decompressed",
    "repair",
    "robust_spread",
    "rolling",
    "spikes",
    "tensorboard",
    "theil_sen",
    "value_to_json",
    "verify",
    "whole_numbers_in_cells",
]

__version__: Final[str]

_Table: TypeAlias = Literal["epochs", "steps"]
_Path: TypeAlias = str | os.PathLike[str]
_Floats: TypeAlias = NDArray[np.float64]  # one dimension, contiguous
_Ints: TypeAlias = NDArray[np.int64]  # likewise

ROLE_FIELD: Final = 0
ROLE_METRIC: Final = 1
ROLE_TRAIN: Final = 2
ROLE_VAL: Final = 3

@final
class WeightBuffers:
    """Reads a model's weights, as long as they are plain tensors on the CPU. Needs torch.

    The methods give None where one is neither float32 nor float64, or does not lie in this
    process's memory, dense.
    """

    def __new__(cls) -> Self: ...
    def spread(self, weights: list[Any]) -> tuple[int, float, float, float] | None:
        """How many numbers, their mean, squared deviations from it, and the largest absolute
        value, all of them together; NaN where a number is."""

    def moved(self, weights: list[Any], then: list[Any]) -> tuple[float, float] | None:
        """The L2 norms of what weights have moved by since they were `then`, tensors of the same
        shapes, and of what they were."""

@disjoint_base
class Writer:
    """The native base of `TrainingRecorder`: one attempt's writer.

    Made empty by `__new__` (any arguments); `_open` gives it a log.
    """

    def __new__(cls, *_args: Any, **_kwargs: Any) -> Self: ...
    def _open(
        self,
        run_dir: _Path | None,
        *,
        run_id: str,
        create: bool,
        durability: str = "interval",
        sync_interval_secs: float = 1.0,
        on_error: str = "warn",
        mechanism: str = "auto",
        attempt: dict[str, Any] | None = None,
        preamble: dict[str, Any] | None = None,
        packed: bytes | None = None,
    ) -> None:
        """Opens (`create=False`) or creates the run in `run_dir`; None keeps it in memory. A file
        in place of `run_dir` is read and continued in memory, as are the bytes of one in `packed`.
        What is closed may be opened again, or another run in its place.

        `attempt` is what the attempt record says beside what the core adds (pid, host, started);
        `preamble` are structured records written at once (see `_put`).
        Raises RunLockedError, RunExistsError, RunNotFoundError, UnsupportedFormatError, OSError.
        """

    def log_step(
        self,
        step: int | None = None,
        metrics: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """Records one step: every value that is on the host is kept when the call returns.

        Args:
            step: Any integer; steps may repeat and go back. None is the one after the last.
            metrics: Maps names (any text up to 64 KiB) to numbers: float, int, bool, NumPy
                scalars, arrays and tensors of no dimension, objects whose `__float__` equals them.
                None is absent. Tensors on a device are not waited for: their values follow as a
                row of the same step and time, soon after the device has them (`status.pending`
                counts such rows, 16 at most; a call beyond that waits for the oldest).
            **kwargs: More metrics; a metric called `step` or `metrics` goes into the dictionary.

        Raises:
            UnsupportedValueError: (a TypeError) A value is no number, or none that can be kept
                exactly.
            InvalidArgumentError: (a ValueError) A metric would mix floats with integers beyond
                2**53.
            RecorderClosedError: (a RuntimeError) After close, or in a forked child.
            LogIOError: (an OSError) With on_error="raise", when the row could not be kept.
        """

    def log_steps(self, steps: Any, metrics: Mapping[str, Any]) -> None:
        """Records many steps at once, at the speed of memory.

        Args:
            steps: Array or sequence of n integers; None stands for the next n.
            metrics: Maps names to arrays or sequences of n numbers; tensors on a device are waited
                for. In sequences None is absent.

        Raises:
            UnsupportedValueError: (a TypeError) A value is no number that can be kept exactly.
            InvalidArgumentError: (a ValueError) Lengths or shapes do not fit.
            RecorderClosedError: (a RuntimeError) After close, or in a forked child.
        """
    def _log_late(self, step: int, wall_micros: int, metrics: Mapping[str, Any]) -> None:
        """Records more of a step that an earlier call logged at this wall time (microseconds since
        1970 UTC): a row of its own, which is merged with that call's. What `step=None` stands for
        stays as it is.

        Takes the scalars that `log_step` takes; raises as that does.
        """

    def _log_cells_at(
        self,
        steps: NDArray[np.int64],
        wall_micros: NDArray[np.int64],
        metrics: Mapping[str, tuple[str, ...]],
    ) -> tuple[int, int]:
        """Records n steps with their wall times (microseconds since 1970 UTC) and n cells of text a
        metric, read as by `number_in_cell`. A metric without any number here is left out.

        Returns how many cells were numbers, and how many text, which is left out.
        Raises InvalidArgumentError (a metric mixes floats with integers beyond 2**53).
        """

    def _append_epoch(
        self,
        epoch: int,
        wall_micros: int,
        fields: dict[str, Any],
        train: dict[str, Any],
        val: dict[str, Any],
        sample_predictions: Any,
    ) -> int | None:
        """Appends an epoch row; returns its place in the log (seq), None where it was dropped.

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

    def _watch_health(self, thresholds: Mapping[str, float] | None = None) -> None:
        """Watches what is logged from now on, in this log and in those opened after it; the
        epochs so far are shown to the rules without being told of.

        Raises InvalidArgumentError, ArgumentTypeError, RecorderClosedError.
        """

    @property
    def _has_findings(self) -> bool:
        """Whether there are findings that nobody has taken."""

    def _take_findings(self) -> list[dict[str, Any]]:
        """The findings since the last call: code, severity, metric, split, step, epoch, value,
        threshold, message, advice."""

    def _tell_findings(self) -> None:
        """Called behind `log_step` and `log_steps` when something was found; does nothing here."""

    def _reader(self) -> Reader:
        """A reader of this writer's own run; `refresh()` shows what was logged since."""

    def sync(self) -> None:
        """Puts everything logged so far on the disk (fdatasync). Raises OSError."""

    def _close(self, timeout_secs: float | None = None) -> bool:
        """Seals, writes the index, releases the lock. False where the time ran out (nothing is
        lost; the run then reads as not closed). A second call waits for what is left."""

    @property
    def _in_child(self) -> bool:
        """Whether this process was forked from the one that opened the log."""

    @property
    def _status(self) -> dict[str, Any]:
        """rows, steps, epochs, bytes, dropped, stalled_seconds, queued_bytes,
        last_error (str or None), closed,
        mechanism ("mmap", "write", "memory")."""

    @property
    def _attempt(self) -> int: ...
    @property
    def _next_step(self) -> int: ...
    def _set_next_step(self, step: int) -> None:
        """Says which step `step=None` stands for."""

@final
class Frame:
    """Rows and columns of a run as it was when this was made."""

    def __len__(self) -> int: ...
    def names(self) -> list[str]: ...
    def __arrow_c_schema__(self) -> object: ...
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """Raises ArgumentTypeError, InvalidArgumentError."""

    def columns(self) -> list[tuple[str, Any, NDArray[np.bool_] | None]]:
        """(name, values, which of them are absent) of each column: an array of int64, float64 or
        bool, times as microseconds since 1970 UTC, text as a list."""

@final
class GradientBuffers:
    """Reads a model's gradients, as long as they are plain tensors on the CPU. Needs torch."""

    def __new__(cls) -> Self: ...
    def norms(
        self, parameters: tuple[Any, ...], *, each: bool = False
    ) -> tuple[float, int, list[float | None] | None] | None:
        """The L2 norm of all gradients of the parameters, summed in float64; how many have a norm
        that is not finite; and the norm of each, if asked (None where there is no gradient).

        None where a gradient is neither float32 nor float64, or does not lie in this process's
        memory, dense.
        """

@final
class Place:
    """A file in the making. Raises OSError where the path cannot be written."""

    def __new__(cls, path: _Path) -> Self: ...
    @property
    def path(self) -> Path:
        """What to write: a file beside the path, or the path itself where that is a device."""

    def publish(self) -> None:
        """Gives it its name."""

    def close(self) -> None:
        """Removes it, unless it was published."""

@final
class EventFiles:
    """Event files of TensorBoard, one run's, read in the order given; see `importers`."""

    def __new__(cls, paths: Sequence[_Path], *, merge_within_secs: float = 1.0) -> Self: ...
    def append_to(self, writer: Writer, progress: Callable[[int], None] | None = None) -> bool:
        """Appends rows to the writer's steps, up to the end or up to where a session goes on from
        an earlier step: then True, and the next call, with the next attempt's writer, goes on
        there. `progress` gets the bytes read so far, about each MiB.

        Raises UnsupportedFormatError (no file holds an event), OSError, and what `progress` raises.
        """

    def columns(
        self, progress: Callable[[int], None] | None = None
    ) -> dict[str, tuple[NDArray[np.int64], NDArray[np.int64], NDArray[Any]]]:
        """Everything, by tag: (steps, wall_micros, values)."""

    @property
    def report(self) -> dict[str, Any]:
        """files, foreign_files (list of Path), events, rows, scalars, damaged_places,
        damaged_bytes, torn_bytes, malformed, skipped (kind -> count), wall_times_merged,
        wall_time_moved_micros, odd_wall_times, restarts, first_wall_micros (or None), hparams."""

@final
class WandbFile:
    """A run file of W&B; see `importers`."""

    def __new__(cls, path: _Path) -> Self: ...
    def append_to(self, writer: Writer, progress: Callable[[int], None] | None = None) -> None:
        """Appends the history to the writer's steps. Raises UnsupportedFormatError, OSError, and
        what `progress` raises."""

    @property
    def report(self) -> dict[str, Any]:
        """records, history, rows, scalars, damaged_places, damaged_bytes, torn_bytes, malformed,
        skipped, odd_wall_times, first_wall_micros, run_id, project, display_name, config (list of
        (parts of a name, JSON or None))."""

@final
class PredictionTotals:
    """Counts and moments of predictions, as long as batches are small plain tensors on the CPU.

    Samples labelled `ignored` do not count. Needs torch.
    """

    def __new__(cls, classes: int, bins: int, ignored: int) -> Self: ...
    def add(self, logits: Any, labels: Any, loss: Any = None) -> bool:
        """Takes a batch: logits ``[samples, classes]`` of float32 or float64, labels ``[samples]``
        of int64, and their mean loss, a tensor of one number.

        False, and nothing has happened, where they are anything else, lie elsewhere or not dense,
        where there are no samples, or so many logits that torch's kernels are faster.
        """

    def arrays(self) -> tuple[_Ints, _Ints, _Floats, _Floats, _Floats, _Floats, _Floats]:
        """The totals, each of one dimension.

        The confusion matrix by rows, behind it samples without a softmax, with a label out of
        range, and with the ignored one; samples by bin of confidence, right and wrong ones, and
        the sums of their confidences, each with a bin more, of nothing; count, mean and squared
        deviations of the confidences; the least of them and the least of their negatives; the
        losses' sum, each times its samples, the sum of samples, batches whose loss is not finite
        and those with a loss; count, mean and squared deviations of the finite losses.
        """

    def clear(self) -> None: ...

@final
class Reader:
    """A run as columns. Rows that a later attempt replaced are hidden."""

    @staticmethod
    def open(path: _Path) -> Reader:
        """`path` is a run directory or a .tacho file. Raises RunNotFoundError,
        UnsupportedFormatError, OSError. Damage does not raise: see `report`."""

    @staticmethod
    def from_packed(packed: bytes) -> Reader:
        """Opens the bytes of a .tacho file."""

    def packed(self) -> bytes:
        """The bytes of the file that `pack` would write; any one run's reader, live or not."""

    def refresh(self) -> bool:
        """Takes in what was written since; whether anything was."""

    @property
    def path(self) -> Path | None: ...
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
        """What reading met so far: rows (kept), rows_sealed, rows_lost, rows_lost_known (False
        where nothing sound follows damage that would tell how many rows it took), damage (list of
        {file, offset, length, reason, rows (None for such a place), table, first_step, last_step,
        column}), torn_tail_bytes, first_bad_offset, frames, closed, file_bytes, files (list of
        {name, bytes})."""

    def length(self, table: _Table, *, merged: bool = False) -> int:
        """How many rows can be read, or how many once those of one step are merged; looks whether
        each block has its rows. Positions of rows stay as they are from then on."""

    def counts(self) -> tuple[int, int]:
        """Rows of (epochs, steps), without looking at any: damage that was not met is not known."""

    def schema(self, table: _Table) -> list[tuple[int, str, str]]:
        """(role, name, kind) of each scalar column in first-seen order."""

    def extra_keys(self, table: _Table) -> list[tuple[int, str]]:
        """(role, name) of each column with structured values, in first-seen order."""

    def column(
        self, table: _Table, role: int, name: str
    ) -> tuple[NDArray[np.int64], NDArray[np.float64] | NDArray[np.int64]] | None:
        """(labels, values) of the rows that hold a value, in log order; read-only arrays. None
        where there is no such column."""

    def courses(
        self, table: _Table, columns: list[tuple[int, str]], most_bins: int
    ) -> list[dict[str, Any] | None]:
        """What one pass over each of these columns says, by the names that
        `tachograph.overview.course.Course` has; read by several threads where they are long. None
        for a column that is not there."""

    def column_rows(self, table: _Table, role: int, name: str) -> NDArray[np.int64] | None:
        """For each value of `column`, the position of its row in the table."""

    def index(self, table: _Table) -> list[NDArray[np.int64]]:
        """(label, wall_micros, attempt, seq) of every visible row."""

    def last_step(self) -> int | None:
        """The step that the last call logged, which late rows may stand behind; None before the
        first."""

    def frame(
        self,
        table: _Table,
        columns: Iterable[tuple[int, str]] | None = None,
        *,
        start: int | None = None,
        stop: int | None = None,
        raw: bool = False,
    ) -> Frame:
        """The rows with labels from `start` up to `stop`, and the columns that (role, name) name,
        as they are now. `raw` leaves rows of one step apart."""

    def rows(
        self, table: _Table, start: int, stop: int, *, merged: bool = False
    ) -> list[dict[str, Any]]:
        """Rows start..stop, those of one step merged if so asked, as dicts: label, seq, attempt,
        wall_micros, fields, metrics, train, val (dicts name -> value; structured values
        included)."""

    def last_with_label(self, table: _Table, label: int) -> int | None:
        """Position of the last row with this label."""

    def records(self) -> dict[str, Any]:
        """The structured records, the last one of each key."""

    def attempts(self) -> list[dict[str, Any]]:
        """One dict an attempt: attempt, pid, host, started_micros, ended_micros (None while it
        runs or after a crash), closed, rows, first_step, last_step, dropped and what `attempt=`
        gave."""

    def export_csv(
        self,
        out: Any,
        table: _Table,
        *,
        formula_guard: bool = True,
        long: bool = False,
        progress: Callable[[int, int], object] | None = None,
    ) -> None:
        """To a path (written beside it, then renamed) or a binary file object. Paths that end in
        .gz or .zst are compressed so, here and in all exports. `formula_guard` puts an apostrophe
        before text that a spreadsheet would take for a formula; `long` makes a line of each value.
        `progress` gets (rows done, rows in all); what it raises ends the export."""

    def export_json_lines(
        self, out: Any, table: _Table, *, progress: Callable[[int, int], object] | None = None
    ) -> None:
        """One object a row."""

    def export_events(
        self,
        out: Any,
        hparams: Iterable[tuple[str, Any]],
        *,
        progress: Callable[[int, int], object] | None = None,
    ) -> None:
        """Epochs and steps as an event file of TensorBoard."""

    def export_record_json(
        self,
        out: Any,
        head: Iterable[tuple[str, Any]],
        tail: Iterable[tuple[str, Any]],
        *,
        progress: Callable[[int, int], object] | None = None,
    ) -> None: ...
    def export_steps_json(
        self,
        out: Any,
        head: Iterable[tuple[str, Any]],
        tail: Iterable[tuple[str, Any]],
        *,
        progress: Callable[[int, int], object] | None = None,
    ) -> None: ...
    def losses(self) -> dict[str, Any]:
        """What the epochs' losses say, read block by block, twice where their squares leave the
        range of a float: `best`, the (row position, epoch label, monitored loss) of the best
        epoch or None; `convergence`; `stability`, empty for fewer than two epochs."""

    def health(self, thresholds: Mapping[str, float] | None = None) -> list[dict[str, Any]]:
        """What the rules of health meet in the run, its steps and epochs in the order of their
        logging; the fields of `Writer._take_findings`."""

    def best(self) -> tuple[int, int, float] | None:
        """The best epoch alone, as of `losses`; asked again, it looks at what came since."""

    def field_total(self, name: str) -> float:
        """The sum of a field of the epochs; 0.0 where none has it."""

def number_in_cell(cell: str) -> int | float | str | None:
    """What a cell of a CSV file stands for: an int of 64 bits, a float, 1 or 0 for a truth value,
    None where it is empty; the cell itself where it is text."""

def whole_numbers_in_cells(cells: tuple[str, ...]) -> list[int | None]:
    """The int of 64 bits in each cell, be it written as ``9.0``; None where there is none."""

def value_to_json(value: Any) -> str:
    """One structured value in the encoding of `save`, strict JSON."""

def read_decompressed(path: _Path) -> bytes:
    """The content of a file, decompressed if it is gzip or zstd. Raises OSError."""

def verify(path: _Path) -> dict[str, Any]:
    """Reads every byte of every file and checks it; the report of `Reader.report` with
    `ok` (bool) and `frames`."""

def repair(source: _Path, target_dir: _Path) -> dict[str, Any]:
    """Writes what can be read into a new closed run; report as `verify`, with `lossy` (bool)."""

def pack(source: _Path, target: _Path) -> dict[str, Any]:
    """Writes one self-contained .tacho file of a live, crashed or closed run; {rows, bytes}."""

def line(
    y: _Floats, x: _Floats | None, level: float
) -> tuple[float, float, float, float, float, float, int, int]:
    """(slope, intercept, stderr, margin of the slope at `level`, p, std of y, n, left out)."""

def theil_sen(y: _Floats, x: _Floats | None) -> tuple[float, float, int, int]:
    """(slope, intercept, n, left out)."""

def mann_kendall(y: _Floats) -> tuple[int, float, float, float, float, int, int]:
    """(s, variance, z, p, tau, n, left out)."""

def moments(y: _Floats) -> tuple[float, float, int, int]:
    """(mean, population standard deviation, n, left out)."""

def robust_spread(y: _Floats) -> tuple[float, float, int, int]:
    """(median, scaled median absolute deviation, n, left out)."""

def rolling(y: _Floats, x: _Floats | None, window: int, statistic: str) -> _Floats:
    """The "mean", "std" or "slope" of the window that ends at each row."""

def exponential(y: _Floats, alpha: float) -> _Floats: ...
def tensorboard(y: _Floats, weight: float) -> _Floats: ...
def spikes(y: _Floats, window: int, threshold: float) -> tuple[NDArray[np.int64], _Floats]:
    """(rows, scores)."""

def course_spikes(highs: Sequence[float]) -> tuple[int, int] | None:
    """(how many, bin of the highest) of the spikes among the highest values of a course's bins;
    None where there is none."""

def course_divergence(means: Sequence[float]) -> int | None:
    """The bin of a loss's means at which it is seen to have diverged for good."""

def course_plateau(means: Sequence[float]) -> tuple[int, float] | None:
    """(bin, share of the course) since when a loss of epochs is level to its end."""

def plateaus(y: _Floats, window: int, tolerance: float) -> list[tuple[int, int]]:
    """(first row, row after the last) of each."""

def non_finite_runs(y: _Floats) -> list[tuple[int, int]]:
    """(first row, row after the last) of each."""

def divergence(y: _Floats, window: int, factor: float) -> tuple[int | None, float, bool]:
    """(row, rise, whether the values were lost)."""

def convergence(y: _Floats) -> tuple[str, str, float | None, float | None]:
    """(status, progress, improvement, stability)."""

def overfitting_score(train: _Floats, val: _Floats) -> float:
    """NaN in `val` is an epoch without a validation loss."""

def downsample(
    y: _Floats,
    x: _Floats | NDArray[np.int64] | None,
    x_kind: Literal["float64", "float32", "int"],
    n_out: int,
    method: str,
) -> NDArray[np.int64]:
    """Ascending indices. Raises InvalidArgumentError where `x` does not ascend."""

@final
class HealthWatch:
    """The rules of health over steps and epochs that are in no log."""

    def __new__(cls, thresholds: Mapping[str, float] | None = None) -> Self: ...
    @staticmethod
    def thresholds() -> dict[str, float]:
        """The parameters of the rules with their defaults."""

    def step(self, step: int, metrics: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Takes in a step; what is no number is left out. The findings that it gives rise to."""

    def epoch(
        self,
        epoch: int,
        fields: Mapping[str, Any],
        train: Mapping[str, Any],
        val: Mapping[str, Any],
    ) -> list[dict[str, Any]]:
        """Takes in an epoch, likewise."""

@final
class StreamingTrend:
    """Mean, deviation, extremes and slope of values that come one by one; O(1) a value.

    Values that are not finite are counted only. What is not determined yet is NaN.
    """

    def __new__(cls) -> Self: ...
    def push(self, value: float, x: float | None = None) -> None:
        """Takes in a value at `x`; None stands for the number of values before it."""

    @property
    def n(self) -> int: ...
    @property
    def n_nonfinite(self) -> int: ...
    @property
    def mean(self) -> float: ...
    @property
    def std(self) -> float:
        """Population standard deviation."""

    @property
    def min(self) -> float: ...
    @property
    def max(self) -> float: ...
    @property
    def slope(self) -> float:
        """Of the least-squares line, in units of the values per unit of x."""

    @property
    def stderr(self) -> float:
        """Standard error of the slope."""

@final
class StreamingMean:
    """The exponential mean of values that come one by one, corrected for its beginning."""

    def __new__(cls, *, alpha: float) -> Self:
        """`alpha`, the newest value's weight, is above 0 and at most 1."""

    def push(self, value: float) -> float:
        """Takes in a value; the mean so far. A value that is not finite is counted only."""

    @property
    def n(self) -> int: ...
    @property
    def n_nonfinite(self) -> int: ...
    @property
    def value(self) -> float: ...

@final
class StreamingSpikes:
    """Finds values far from the median of those just before them, by the rule of `spikes`."""

    def __new__(cls, *, window: int = 20, threshold: float = 6.0) -> Self: ...
    def push(self, value: float) -> float | None:
        """Takes in a value; its score if it is a spike."""

    @property
    def n_spikes(self) -> int: ...

@final
class StreamingDivergence:
    """Finds the first value at which a loss has diverged, by the rule of `divergence`."""

    def __new__(cls, *, window: int = 20, factor: float = 0.5) -> Self: ...
    def push(self, value: float) -> bool:
        """Takes in a value; whether the loss has diverged, now or before."""

    @property
    def row(self) -> int | None:
        """How many values came before the first at which it was told; None while it was not."""

    @property
    def rise(self) -> float:
        """As of `Divergence`; stays when the loss has diverged."""

    @property
    def is_lost(self) -> bool: ...

@final
class StreamingPlateau:
    """Tells whether the last rows of a stream are level, by the rule of `plateaus`."""

    def __new__(cls, *, window: int = 20, tolerance: float = 0.001) -> Self: ...
    def push(self, value: float) -> bool:
        """Takes in a value; whether the last `window` rows are level now."""

    @property
    def start(self) -> int | None:
        """How many values came before the plateau that the last one lies on; None if on none."""

@final
class StreamingNonFinite:
    """Counts NaN and infinities among values that come one by one."""

    def __new__(cls) -> Self: ...
    def push(self, value: float) -> None: ...
    @property
    def n(self) -> int:
        """All values."""

    @property
    def n_nan(self) -> int: ...
    @property
    def n_infinite(self) -> int: ...
    @property
    def run(self) -> int:
        """How many of the last values in a row are not finite; 0 after a finite one."""

    @property
    def longest_run(self) -> int: ...
