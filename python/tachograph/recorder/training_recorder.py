"""`TrainingRecorder`: everything that a training loop says, kept."""

# ruff: noqa: SLF001 -- an alternative constructor fills what it makes

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, TextIO

from tachograph.exceptions import (
    ArgumentTypeError,
    TachographError,
)
from tachograph.recorder.checkpoint import Position
from tachograph.recorder.config import kept_copy, plain_config
from tachograph.recorder.environment_variables import is_disabled
from tachograph.recorder.epoch_arguments import (
    checked_metrics,
    checked_predictions,
    checked_timestamp,
    on_host,
)
from tachograph.recorder.lifetimes import close_at_exit
from tachograph.recorder.loading import (
    document_of,
    kind_of,
)
from tachograph.recorder.opening import open_run
from tachograph.recorder.options import (
    Durability,
    Mechanism,
    OnDuplicate,
    OnError,
    Options,
    check_text,
)
from tachograph.recorder.place import (
    DEFAULT_DIR,
    DefaultDir,
    Resume,
    find_place,
)
from tachograph.recorder.recorder_reference import RecorderReference
from tachograph.recorder.recorder_state import RecorderState
from tachograph.recorder.recorder_status import RecorderStatus
from tachograph.recorder.resident_memory import resident_mib
from tachograph.recorder.telling import OnFinding, check_on_finding
from tachograph.records.exact_number import epoch_label, exact_float, optional_float
from tachograph.records.experiment import Experiment
from tachograph.records.instants import moment_of, now_micros
from tachograph.records.persisted_dict import PersistedDict
from tachograph.records.upward import reach

if TYPE_CHECKING:
    from typing import Self

    from tachograph.terminal import Progress

__all__ = ["TrainingRecorder"]

_OPTIONAL = frozenset({"val_loss", "memory_usage", "gradient_norm"})


class TrainingRecorder(RecorderState):
    """Records a training: steps, epochs, configurations, environment.

    What a logging call has taken is kept: it is with the kernel when the call returns, so a kill
    of the process loses nothing (see `durability` for power failures). Calls are safe from many
    threads. A recorder belongs to the process that made it; in a forked child every logging call
    raises `RecorderClosedError`.

    A recorder that is copied or pickled gives a `RecorderReference`, which reads the same run;
    `state_dict` is what a checkpoint keeps.

    With the environment variable TACHO_DISABLED set to 1, true, yes or on, a recorder accepts
    every call, keeps nothing and writes nothing.

    Example::

        with TrainingRecorder("baseline", {"layers": 4}) as recorder:
            recorder.log_step(0, {"loss": 0.7})
            recorder.log_epoch(0, train_loss=0.7, val_loss=0.8)
        recorder.save("record.json")
    """

    def __init__(  # noqa: PLR0913 -- every option of a run, by keyword
        self,
        experiment_name: str,
        model_config: Any = None,
        training_config: Any = None,
        *,
        dir: str | os.PathLike[str] | DefaultDir | None = DEFAULT_DIR,  # noqa: A002 -- the name that people know
        run_id: str | None = None,
        resume: Resume = "never",
        durability: Durability = "interval",
        sync_interval_secs: float = 1.0,
        on_error: OnError = "warn",
        mechanism: Mechanism = "auto",
        on_duplicate: OnDuplicate = "keep",
        capture_environment: bool = True,
        on_finding: OnFinding = None,
    ) -> None:
        """Begins a run, or resumes one.

        Args:
            experiment_name: Any text; kept exactly. The directory has a safe form of it.
            model_config: The model's configuration, mostly a mapping of anything.
            training_config: The training's configuration.
            dir: The directory of all runs; the run lies in ``dir/<experiment>/<run id>/``.
                TACHO_DIR or ``./runs`` if not given; None keeps the run in memory only.
            run_id: The run's id, 1 to 128 of ``A-Z a-z 0-9 . _ -``, or ``"latest"`` for the
                newest run of the experiment. TACHO_RUN_ID or a new id that sorts by time if not
                given.
            resume: ``"never"`` to begin a new run, ``"must"`` to resume one, ``"allow"`` for
                either. A resumed run continues in a new attempt; nothing of it is overwritten.
            durability: What a power failure may take: ``"process"`` whatever the kernel had not
                written, ``"interval"`` the last `sync_interval_secs`, ``"always"`` nothing (each
                call waits for the disk).
            sync_interval_secs: Seconds between two syncs.
            on_error: What happens when the disk fails: ``"warn"`` warns once, counts what is
                lost in `status`, and goes on; ``"raise"`` raises `LogIOError` at the call.
            mechanism: How rows reach the kernel: ``"mmap"``, ``"write"``, or ``"auto"`` for what
                the file system supports.
            on_duplicate: Whether an epoch label may come twice in one attempt: ``"keep"`` keeps
                both, ``"error"`` raises.
            capture_environment: Whether to record Git commit, packages, machine and so on, in the
                background.
            on_finding: Watches the health of the training and says what becomes of findings, see
                `watch_health`; without it nothing is watched.

        Raises:
            InvalidArgumentError: An argument's value makes no sense.
            RunExistsError: The run exists, and `resume` is ``"never"``.
            RunNotFoundError: It does not, and `resume` is ``"must"``.
            RunLockedError: Another process writes it.
            OSError: The directory cannot be written.
        """
        name = check_text(experiment_name, "experiment_name")
        check_on_finding(on_finding)
        options = Options(
            resume=resume,
            durability=durability,
            sync_interval_secs=sync_interval_secs,
            on_error=on_error,
            mechanism=mechanism,
            on_duplicate=on_duplicate,
            capture_environment=capture_environment,
        )
        experiment = Experiment(
            name=name,
            run_id="",
            model_config=plain_config(model_config, "model_config"),
            training_config=plain_config(training_config, "training_config"),
            created=moment_of(now_micros()),
        )
        disabled = is_disabled()
        place = find_place(name, None if disabled else dir, run_id, resume)
        self._initialise(place, options, replace(experiment, run_id=place.run_id))
        self.model_config = kept_copy(model_config)
        self.training_config = kept_copy(training_config)
        if on_finding is not None:
            self.watch_health(on_finding)
        self._place, self._resumed = open_run(self, place, options, self._experiment)
        self._experiment = replace(self._experiment, run_id=self._place.run_id)
        if self._resumed:
            self._continue(model_config, training_config)
        if disabled:
            self._disable()
        else:
            self._begin_capture()
        close_at_exit(self)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Reads a record back; writes nothing and runs nothing.

        Args:
            path: A run's directory: the first call that logs begins a new attempt of it. Or a
                file: a packed .tacho log, JSON from `save` (also of older programs of this
                shape), or a pickle from `export_to_pickle`; the recorder is then in memory, and
                what is logged to it is added to what was read.

        Returns:
            The recorder.

        Raises:
            RunNotFoundError: There is nothing.
            RecordFormatError: It is no training record.
            UnsupportedFormatError: A newer version wrote it.
        """
        source = Path(path)
        kind = kind_of(source)
        recorder = cls.__new__(cls)
        if kind == "run":
            recorder._load_run(source)
        elif kind == "log":
            recorder._load_log(source)
        else:
            recorder._load_document(document_of(source, kind))
        return recorder

    @classmethod
    def load_pickle(cls, path: str | os.PathLike[str]) -> Self:
        """As `load`, for a pickle whatever its name.

        Only built-in and NumPy types are read; any other is an error, and nothing is run.
        """
        source = Path(path)
        kind_of(source)
        recorder = cls.__new__(cls)
        recorder._load_document(document_of(source, "pickle"))
        return recorder

    # ---- logging (log_step and log_steps are the core's own)

    def log_epoch(  # noqa: PLR0913, PLR0917 -- the order that existing programs rely on
        self,
        epoch: int,
        train_loss: float,
        val_loss: float | None = None,
        train_metrics: Mapping[str, Any] | None = None,
        val_metrics: Mapping[str, Any] | None = None,
        learning_rate: float = 0.0,
        epoch_time: float = 0.0,
        gradient_norm: float | None = None,
        *,
        memory_usage: float | None = None,
        timestamp: datetime | None = None,
        sample_predictions: Mapping[str, Any] | None = None,
    ) -> None:
        """Records an epoch.

        Numbers may be Python's, NumPy's, arrays or tensors of one element, or anything whose
        ``__float__`` equals it. Everything is copied; tensors on a device, and the values of
        earlier steps that are still on one, are waited for.

        Args:
            epoch: The label; any integer of 64 bits.
            train_loss: Training loss.
            val_loss: Validation loss; None without validation.
            train_metrics: Training metrics by name. Numbers become columns; text, arrays, lists
                and dicts are kept as they are; None is absent.
            val_metrics: Validation metrics by name.
            learning_rate: Learning rate.
            epoch_time: Duration in seconds.
            gradient_norm: L2 norm of the gradients; None where it was not measured.
            memory_usage: Memory in MiB; the resident memory of the process if not given.
            timestamp: When the epoch ended; without a zone local time; now if not given, and
                never before the epoch logged last.
            sample_predictions: Examples to keep, by name: arrays, lists.

        Raises:
            ArgumentTypeError: An argument has the wrong type; the message names it.
            InvalidArgumentError: A number cannot be kept exactly, or the label came before and
                `on_duplicate` is ``"error"``.
            UnsupportedValueError: A metric's value cannot be kept.
            RecorderClosedError: The recorder is closed, or this is a forked child.
            LogIOError: The disk failed, and `on_error` is ``"raise"``.
        """
        label = epoch_label(epoch)
        own, train_metrics, val_metrics = on_host(
            {
                "train_loss": train_loss,
                "val_loss": val_loss,
                "learning_rate": learning_rate,
                "epoch_time": epoch_time,
                "memory_usage": memory_usage,
                "gradient_norm": gradient_norm,
            },
            train_metrics,
            val_metrics,
        )
        train = checked_metrics(train_metrics, "train_metrics")
        val = checked_metrics(val_metrics, "val_metrics")
        predictions = checked_predictions(sample_predictions)
        micros = checked_timestamp(timestamp)
        fields: dict[str, Any] = {
            name: (optional_float if name in _OPTIONAL else exact_float)(value, name)
            for name, value in own.items()
        }
        if self._disabled:
            return
        self._epoch_sources.complete(fields, train)
        if memory_usage is None:
            fields["memory_usage"] = resident_mib()
        self._check_process()
        self._pending.settle(self)
        with self._lock:
            self._ensure_open()
            self._check_label(label)
            wins = self._tracker.wins(fields["train_loss"], fields["val_loss"])
            wall_micros = max(now_micros(), self._last_micros) if micros is None else micros
            self._append_epoch(
                label, wall_micros, {**fields, "is_best": wins}, train, val, predictions
            )
            self._tracker.push(fields["train_loss"], fields["val_loss"])
            self._last_micros = max(wall_micros, self._last_micros)
        # Outside the lock: who is told may log.
        self._tell_findings(stacklevel=2)

    def watch_health(
        self, on_finding: OnFinding = None, *, thresholds: Mapping[str, float] | None = None
    ) -> None:
        """Watches the health of the training from now on: what is logged goes through the rules.

        What they meet is recorded in the log, and told once a stretch of trouble: at the call that
        logged the row or, of a row that came late, at the next one. The row itself is kept in
        either case.

        Args:
            on_finding: ``"warn"`` issues a `HealthWarning` for each finding; ``"raise"`` does that
                for notes and raises `HealthError` for the others; a function is called with each
                `Finding`, in the thread that logs, and what it raises goes through the call. None
                only records them.
            thresholds: Parameters of the rules that differ from the defaults, by name
                (`tachograph.health` lists them).

        Raises:
            ArgumentTypeError: `on_finding` or `thresholds` is none of these.
            InvalidArgumentError: No rule has a parameter of that name, or it has no such value.
            RecorderClosedError: The recorder is closed, or this is a forked child.
        """
        check_on_finding(on_finding)
        self._watch_health(thresholds)
        self._on_finding = on_finding

    def progress(
        self,
        total_steps: int | None = None,
        *,
        metrics: Iterable[str] | None = None,
        epoch_table: bool = False,
        file: TextIO | None = None,
    ) -> Progress:
        """Shows how the training goes: a bar on a terminal, a line every few seconds elsewhere.

        A thread reads the log a few times a second; the calls that log do nothing for it. The bar
        goes when it is closed, at the end of a ``with`` block, or when the recorder is closed.
        There may be several. In a distributed job only the process of rank 0 shows one; the ranks
        are taken from the launcher's environment variables.

        Args:
            total_steps: How many steps there will be, which `tacho tail` is told, too (of a loaded
                run that begins the next attempt); None where the training configuration says so
                (`total_steps`, `max_steps`, `epochs` and the like), or nobody knows.
            metrics: Names of the metrics to show; None for all that were logged last.
            epoch_table: Whether each epoch prints a row of a table.
            file: Where; None for standard error, which leaves standard output to the program's
                results.

        Returns:
            The bar, shown already: ``with recorder.progress(1000):``, or call its ``close``.

        Raises:
            ArgumentTypeError: An argument has the wrong type.
            InvalidArgumentError: `total_steps` is not positive.
            RecorderClosedError: It is given, and the recorder is closed, or this is a forked child.
        """
        bar: Progress = reach("progress")(
            self, total_steps, metrics=metrics, epoch_table=epoch_table, file=file
        )
        self._bars = [*(shown for shown in self._bars if not shown.closed), bar]
        return bar

    def sync(self) -> None:
        """Puts everything logged so far on the disk; returns when it is there.

        Raises:
            OSError: The disk failed.
        """
        if not self._unopened:
            self._pending.settle(self)
            super().sync()

    def close(self, timeout: float | None = None) -> bool:
        """Ends the attempt: writes the index and lets go of the run.

        Values that are still on a device are waited for first. Reading goes on: `epochs`, `save`
        and the rest work on a closed recorder. A second call waits for what the first left, if it
        ran out of time.

        Args:
            timeout: Seconds to wait at most; None for as long as it takes.

        Returns:
            False where the time ran out; nothing is lost, the run then reads as not closed.
        """
        if os.getpid() != self._pid:  # a forked child must not end its parent's attempt
            return True
        if self._capture is not None:
            self._capture.finish()
        try:
            self._epoch_sources.flush()
            self._closed = True
            deadline = None if timeout is None else time.monotonic() + timeout
            if not self._settle_to_close(timeout):
                return False
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            return True if self._unopened else self._close(left)
        finally:
            while self._bars:
                self._bars.pop().close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Closes; an exception of the body is noted in the run by its type, and goes on."""
        in_owner = os.getpid() == self._pid
        if kind is not None and in_owner and not (self._unopened or self._closed or self._disabled):
            with suppress(TachographError, OSError):  # the body's own exception matters more
                self._put("outcome", {"attempt": self._attempt, "exception": kind.__qualname__})
        self.close()

    # ---- what is being recorded

    @property
    def experiment_name(self) -> str:
        """The experiment's name, exactly as it was given."""
        return self._experiment.name

    @property
    def run_id(self) -> str:
        """The run's id."""
        return self._experiment.run_id

    @property
    def path(self) -> Path | None:
        """The run's directory; None for a run in memory."""
        return self._place.directory

    @property
    def start_time(self) -> datetime:
        """When the run was begun (UTC); of a resumed or loaded run, when its first attempt was."""
        return self._experiment.created or moment_of(0)

    @property
    def experiment_metadata(self) -> dict[str, Any]:
        """The environment; waits for its capture, three seconds at most.

        Has the keys `git_commit`, `python_version`, `pytorch_version`, `cuda_version`,
        `device_info`, `system_info` and more; of a loaded record what was saved; empty without
        `capture_environment`.
        """
        return dict(self._environment_record())

    @property
    def early_stopping_info(self) -> dict[str, Any]:
        """What the training says of its early stopping; writes, of items too, are recorded."""
        return self._early

    @early_stopping_info.setter
    def early_stopping_info(self, info: Mapping[str, Any]) -> None:
        if not isinstance(info, Mapping):
            message = f"early_stopping_info must be a mapping, not {type(info).__name__}"
            raise ArgumentTypeError(message, argument="early_stopping_info")
        self._keep_early(dict(info))
        self._early = PersistedDict.over(info, self._change_early)

    @property
    def status(self) -> RecorderStatus:
        """What was logged, what waits, what was lost."""
        if self._unopened:
            reader = self._columns()
            epochs, steps = reader.counts()
            return RecorderStatus(
                rows=steps + epochs, steps=steps, epochs=epochs, closed=self._closed
            )
        self._pending.collect(self)
        status = RecorderStatus.from_core(self._status)
        status = replace(
            status, pending=len(self._pending), dropped=status.dropped + self._pending.lost
        )
        return replace(status, mechanism="disabled") if self._disabled else status

    def __repr__(self) -> str:
        place = "in memory" if self.path is None else str(self.path)
        state = " (closed)" if self._closed else ""
        return f"<TrainingRecorder {self.experiment_name!r} {self.run_id}{state}: {place}>"

    # ---- checkpoints

    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint keeps of this recorder, to go on there with `load_state_dict`.

        Built-in types only: the run's id and path, and how far it is; of a run in memory its rows
        as well. The rows of a run on disk are in its log, not in here.

        Returns:
            A new dictionary.
        """
        return self._position().to_state()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Goes on with the run of a checkpoint, where the checkpoint was made.

        The run continues in a new attempt, under this recorder's options. ``step=None`` is then
        the step after the checkpoint's last, and as soon as it is logged, later steps of earlier
        attempts are hidden (and kept), so that what was trained after the checkpoint is not
        spliced into the curve. The run that this recorder had begun is given up, which it can be
        only as long as nothing was logged to it; a directory that was made for it is removed.

        Args:
            state: What `state_dict` gave.

        Raises:
            InvalidArgumentError: It is no such dictionary; or this recorder has logged rows of
                another run; or the state is of a run in memory and this recorder's is not.
            RunNotFoundError: The run is neither where it was nor beside this recorder's own.
            RunLockedError: Another process writes it.
            RecorderClosedError: The recorder is closed, or this is a forked child.
        """
        position = Position.from_state(state)
        if not self._disabled:
            self._check_process()
            with self._lock:
                self._go_on_at(position)

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        # A log has one writer: what a copy or a pickle gives is a reference to read it by.
        return RecorderReference, (self.state_dict(),)
