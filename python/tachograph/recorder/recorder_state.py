"""The state of a recorder: its beginnings, its rows, and what queries ask of it."""

from __future__ import annotations

import os
import shutil
import threading
import weakref
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tachograph._core import ROLE_FIELD, Reader, Writer
from tachograph.exceptions import (
    InvalidArgumentError,
    RecorderClosedError,
    RecordingWarning,
    TachographError,
)
from tachograph.recorder.best_tracker import BestTracker, losses
from tachograph.recorder.checkpoint import Position, place_of
from tachograph.recorder.config import kept_copy, plain_config, plain_experiment
from tachograph.recorder.device_copies import DeviceCopies, begin
from tachograph.recorder.environment import EnvironmentCapture
from tachograph.recorder.environment_variables import is_disabled
from tachograph.recorder.epoch_sources import EpochSources
from tachograph.recorder.lifetimes import close_at_exit
from tachograph.recorder.loading import RecordDocument, replay_epochs
from tachograph.recorder.opening import continue_in_memory, open_in_memory, resume_run
from tachograph.recorder.options import Options
from tachograph.recorder.pending_rows import PendingRows
from tachograph.recorder.place import Place
from tachograph.recorder.telling import OnFinding, tell
from tachograph.records.epoch_sequence import EpochSequence
from tachograph.records.equality import same_value
from tachograph.records.experiment import Experiment
from tachograph.records.persisted_dict import REMOVED, PersistedDict
from tachograph.records.plain_value import plain_mapping
from tachograph.records.queries import RecordQueries
from tachograph.records.step_sequence import StepSequence

if TYPE_CHECKING:
    from tachograph.terminal import Progress

__all__ = ["RecorderState"]


class RecorderState(Writer, RecordQueries):
    """What `TrainingRecorder` keeps and does out of sight.

    It is in one of three states. Open: the core's writer has a log. Unopened: a run was loaded and
    is only read; the first call that logs begins its next attempt. Disabled: calls do nothing.
    """

    model_config: Any
    """The model's configuration, a copy of what was given; later changes are not recorded."""
    training_config: Any
    """The training's configuration, likewise."""

    _pid: int
    _lock: threading.RLock
    _options: Options
    _place: Place
    _experiment: Experiment
    _environment: Mapping[str, Any]
    _early: PersistedDict
    _capture: EnvironmentCapture | None
    _view: Reader | None
    _tracker: BestTracker
    _last_micros: int
    _resumed: bool
    """Whether this attempt continues earlier ones and has logged no epoch yet."""
    _unopened: bool
    """Whether the run was loaded and not logged to yet."""
    _disabled: bool
    _closed: bool
    _on_finding: OnFinding
    """Who is told of findings."""
    _pending: PendingRows
    _bars: list[Progress]
    """The bars that show it, to be taken off when it is closed."""
    _epoch_sources: EpochSources
    """The monitors that measure its training."""

    @property
    def epochs(self) -> EpochSequence:
        """The epochs so far, lazily; writing to one of its records is recorded too."""
        return EpochSequence(self._columns, self._amend_row)

    @property
    def steps(self) -> StepSequence:
        """The steps so far, lazily; rows of one step are merged."""
        return StepSequence(self._columns)

    def close(self, timeout: float | None = None) -> bool:
        """Ends the attempt; `TrainingRecorder` says how."""
        raise NotImplementedError

    # ---- beginnings

    def _initialise(self, place: Place, options: Options, experiment: Experiment) -> None:
        self._pid = os.getpid()
        self._lock = threading.RLock()
        self._options = options
        self._place = place
        self._experiment = experiment
        self.model_config = experiment.model_config
        self.training_config = experiment.training_config
        self._environment = {}
        self._early = PersistedDict.over({}, self._change_early)
        self._capture = None
        self._view = None
        self._tracker = BestTracker()
        self._last_micros = 0
        self._resumed = False
        self._unopened = False
        self._disabled = False
        self._closed = False
        self._on_finding = None
        self._pending = PendingRows()
        self._bars = []
        self._epoch_sources = EpochSources()

    def _continue(self, model_config: Any, training_config: Any) -> None:
        """Takes over what the run said before; a configuration that was given replaces its own."""
        given = self._experiment
        self._recall(self._columns())
        stored = self._experiment
        if model_config is not None:
            self.model_config = kept_copy(model_config)
        if training_config is not None:
            self.training_config = kept_copy(training_config)
        renewed = replace(
            stored,
            name=given.name,
            model_config=stored.model_config if model_config is None else given.model_config,
            training_config=(
                stored.training_config if training_config is None else given.training_config
            ),
        )
        if not same_value(renewed.to_record(), stored.to_record()):
            self._put("experiment", renewed.to_record())
        self._experiment = renewed

    def _recall(self, reader: Reader) -> None:
        """Takes over the structured records of a run, and its last timestamp."""
        records = reader.records()
        self._experiment = Experiment.from_records(records, self._place.run_id)
        self.model_config = kept_copy(self._experiment.model_config)
        self.training_config = kept_copy(self._experiment.training_config)
        self._environment = _mapping(records.get("environment"))
        early = _mapping(records.get("early_stopping_info"))
        self._early = PersistedDict.over(early, self._change_early)
        self._recall_epochs(reader)

    def _recall_epochs(self, reader: Reader, before: int | None = None) -> None:
        self._tracker = BestTracker(losses(reader, before))
        walls = reader.index("epochs")[1]
        self._last_micros = int(walls.max()) if len(walls) else 0

    def _load_run(self, directory: Path) -> None:
        reader = Reader.open(str(directory))
        place = Place(directory.absolute().name, directory.absolute(), generated=False)
        self._initialise(place, Options(resume="must"), Experiment("", place.run_id))
        self._view = reader
        self._recall(reader)
        self._unopened = self._resumed = True
        if is_disabled():
            self._disable()
        else:
            # The core's own methods need a log; the first call gives it one.
            vars(self).update({name: partial(self._open_then, name) for name in _NATIVE})

    def _load_log(self, file: Path) -> None:
        reader = Reader.open(str(file))
        document = RecordDocument(
            Experiment.from_records(reader.records(), reader.run_id),
            dict(_mapping(reader.records().get("environment"))),
            dict(_mapping(reader.records().get("early_stopping_info"))),
            [],
        )
        self._load_document(document, file)

    def _load_document(self, document: RecordDocument, log: Path | None = None) -> None:
        place = Place(document.experiment.run_id, None, generated=False)
        self._initialise(place, Options(), document.experiment)
        if log is None:
            open_in_memory(self, place.run_id, plain_experiment(document.experiment))
            replay_epochs(self, document.epochs)
        else:
            continue_in_memory(self, log, place.run_id)
        self._environment = document.environment
        self._early = PersistedDict.over(document.early_stopping_info, self._change_early)
        self._keep_early(self._early)
        self._recall_epochs(self._columns())
        close_at_exit(self)
        if is_disabled():
            self._disable()

    def _disable(self) -> None:
        self._disabled = True
        vars(self).update(dict.fromkeys(_NATIVE, _do_nothing))

    def _begin_capture(self) -> None:
        if self._options.capture_environment:
            self._capture = EnvironmentCapture(partial(_keep_environment, weakref.ref(self)))

    def _ensure_open(self) -> None:
        """Begins the next attempt of a loaded run."""
        if not self._unopened:
            return
        with self._lock:
            if self._closed:
                raise RecorderClosedError("the recorder was closed")
            if self._unopened and self._place.directory is not None:
                self._check_process()
                resume_run(self, self._place.directory, self._experiment.run_id, self._options)
                self._unopened = False
                self._view = None
                for name in _NATIVE:
                    vars(self).pop(name, None)
                close_at_exit(self)

    # ---- checkpoints

    def _position(self) -> Position:
        self._pending.collect(self, at_most=0)
        directory = self._place.directory
        if self._unopened or self._in_child:
            reader = self._columns()
            last = reader.last_step()
            attempt, rows = 0, 0
            next_step = 0 if last is None else last + 1
        else:
            attempt, rows, next_step = self._attempt, self._status["rows"], self._next_step
        carried = directory is None and not self._disabled
        return Position(
            run_id=self._experiment.run_id,
            experiment_name=self._experiment.name,
            path=None if directory is None else str(directory),
            attempt=attempt,
            rows=rows,
            next_step=next_step,
            log=self._columns().packed() if carried else None,
        )

    def _go_on_at(self, position: Position) -> None:
        """Takes a checkpoint's run in place of the one that was begun."""
        if self._closed:
            raise RecorderClosedError("the recorder was closed")
        is_own = position.run_id == self._experiment.run_id
        if is_own:
            self._ensure_open()
        self._pending.settle(self)  # before its log is closed
        n_rows = 1 if self._unopened else self._status["rows"]
        if n_rows and not is_own:
            message = (
                f"state is of run {position.run_id}, and this recorder has rows of run "
                f"{self._experiment.run_id}; load a checkpoint before anything is logged"
            )
            raise InvalidArgumentError(message, argument="state")
        is_there = is_own and (self._attempt, n_rows) == (position.attempt, position.rows)
        if not is_there and (n_rows or not is_own):
            place = place_of(position, self._place)
            packed = (
                self._columns().packed() if is_own and place.directory is None else position.log
            )
            self._give_up(keep=is_own or self._attempt > 1)
            if place.directory is None:
                self._open(None, run_id=place.run_id, create=False, packed=packed)
            else:
                resume_run(self, place.directory, place.run_id, self._options)
            self._place, self._resumed, self._view = place, True, None
            self._continue(self.model_config, self.training_config)
            self._begin_capture()
        self._set_next_step(position.next_step)

    def _give_up(self, *, keep: bool) -> None:
        """Closes the log; one that nothing was logged to need not stay."""
        if self._capture is not None:
            self._capture.finish()
            self._capture = None
        self._close()
        if not keep and self._place.directory is not None:
            shutil.rmtree(self._place.directory)

    def _open_then(self, name: str, /, *args: Any, **kwargs: Any) -> None:
        self._ensure_open()
        getattr(self, name)(*args, **kwargs)

    # ---- health

    def _tell_findings(self, stacklevel: int = 1) -> None:
        """Tells of findings that nobody was told of; the core calls it behind `log_step`."""
        if self._has_findings:
            tell(self._take_findings(), self._on_finding, stacklevel=stacklevel + 1)

    # ---- rows

    def _begin_copies(self, tensors: Mapping[str, Any]) -> DeviceCopies:
        """What `log_step` asks first for tensors on a device."""
        return begin(tensors)

    def _settle_to_close(self, timeout: float | None) -> bool:
        """Waits for devices; an error of the log does not keep it from being closed."""
        try:
            return self._pending.settle(self, timeout=timeout)
        except (TachographError, RecordingWarning):
            if not self._unopened:
                self._close(timeout)
            raise

    def _keep_pending(self, step: int, wall_micros: int, copies: DeviceCopies) -> None:
        """Takes the tensors of a call of `log_step` whose other values are in the log by now."""
        self._pending.add(self, step, wall_micros, copies)

    def _check_process(self) -> None:
        if os.getpid() != self._pid:
            message = (
                f"this recorder belongs to process {self._pid}; a forked child cannot log to it: "
                "make a recorder of its own in the child, or log in the parent"
            )
            raise RecorderClosedError(message)

    def _check_label(self, label: int) -> None:
        """Refuses a second epoch of one label, if so asked; starts the best of a new attempt."""
        if self._resumed:
            # The first epoch of a new attempt hides what earlier ones recorded from it on.
            self._recall_epochs(self._columns(), before=label)
            self._resumed = False
        elif (
            self._options.on_duplicate == "error"
            and self._columns().last_with_label("epochs", label) is not None
        ):
            message = f"epoch {label} was logged before"
            raise InvalidArgumentError(message, argument="epoch")

    def _amend_row(self, seq: int, role: int, name: str, value: Any) -> None:
        if self._disabled:
            return
        self._check_process()
        with self._lock:
            self._ensure_open()
            self._amend(seq, role, name, value)
            if role == ROLE_FIELD and name in ("train_loss", "val_loss"):
                self._tracker = BestTracker(losses(self._columns()))

    def _change_early(self, changes: Mapping[str, Any]) -> None:
        merged = {**self._early, **changes}
        self._keep_early({key: value for key, value in merged.items() if value is not REMOVED})

    def _keep_early(self, info: Mapping[str, Any]) -> None:
        if self._disabled:
            return
        self._ensure_open()
        self._put("early_stopping_info", plain_mapping(info, "early_stopping_info"))

    # ---- what the queries ask

    def _columns(self) -> Reader:
        self._pending.collect(self, at_most=0)
        view = self._view  # which another thread's `load_state_dict` may take away meanwhile
        if view is None:
            view = self._new_view()
        view.refresh()
        return view

    def _new_view(self) -> Reader:
        if os.getpid() != self._pid:
            # The writer's memory is not there in a forked child, whose lock may be held by a thread
            # that is not there either; the files are.
            directory = self._place.directory
            self._view = view = Reader.open(str(directory)) if directory else self._reader()
            return view
        with self._lock:  # or the reader of a log that was just given up could be kept
            if self._view is None:
                self._view = self._reader()
            return self._view

    def _experiment_record(self) -> Experiment:
        return replace(
            self._experiment,
            model_config=plain_config(self.model_config, "model_config"),
            training_config=plain_config(self.training_config, "training_config"),
        )

    def _environment_record(self) -> Mapping[str, Any]:
        return self._environment if self._capture is None else self._capture.result()

    def _early_stopping_record(self) -> Mapping[str, Any]:
        return plain_mapping(self._early, "early_stopping_info")


_NATIVE = ("log_step", "log_steps", "_log_late")


def _keep_environment(recorder: weakref.ref[RecorderState], environment: dict[str, Any]) -> None:
    # Weak, or the capture would keep a recorder alive that its program has let go.
    owner = recorder()
    if owner is not None:
        owner._put("environment", environment)  # noqa: SLF001 -- its own class is above


def _do_nothing(*_args: object, **_kwargs: object) -> None:
    """What a disabled recorder does with a step."""


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
