"""Trains the demo's model under a recorder and says what came out and what recording cost."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import perf_counter, perf_counter_ns
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tachograph.demo import data
from tachograph.demo.model import Momentum, Outcome, Perceptron, StepOutcome
from tachograph.demo.stopwatch import Stopwatch
from tachograph.exceptions import TachographError
from tachograph.recorder import TrainingRecorder

EXPERIMENT_NAME = "digits"
RECORD_NAME = "record.json"
HISTORY_NAME = "history.csv"

_SCALARS_PER_STEP = 5
_SCALARS_PER_EPOCH = 7


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run of the demo can be told; the defaults reach 98 % on the digits held back."""

    n_steps: int = 100_000
    seed: int = 0
    batch_rows: int = 32
    hidden_units: tuple[int, ...] = (64, 64)
    peak_rate: float = 0.05
    momentum: float = 0.9
    weight_decay: float = 5e-4
    pixel_noise: float = 0.2


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the training stands after an epoch."""

    epoch: int
    steps_done: int
    train: Outcome
    val: Outcome


@dataclass(frozen=True, slots=True)
class DemoResult:
    """What `tacho demo` prints.

    `recording_seconds` is the time that the training thread spent in `log_step` and `log_epoch`,
    the building of their arguments included; `background_seconds` is processor time of all other
    threads meanwhile, which seal and write beside the training.
    """

    run_dir: Path
    run_id: str
    files: list[Path]
    steps: int
    epochs: int
    val_accuracy: float
    summary: dict[str, Any]
    stability: dict[str, Any]
    run_bytes: int
    scalars: int
    training_seconds: float
    recording_seconds: float
    step_call_ns: float
    open_seconds: float
    close_seconds: float
    background_seconds: float

    @property
    def bytes_per_scalar(self) -> float:
        """All files of the run, steps and wall times included, by the scalars that were logged."""
        return self.run_bytes / self.scalars

    @property
    def recording_share(self) -> float:
        """Part of the training time that went into recording."""
        return self.recording_seconds / self.training_seconds


@dataclass(slots=True)
class _Clocks:
    """Time spent, by what it was spent on."""

    training_seconds: float = 0.0
    other_threads_seconds: float = 0.0
    step_calls: Stopwatch = field(default_factory=Stopwatch)
    epoch_calls: Stopwatch = field(default_factory=Stopwatch)


@dataclass(slots=True)
class _Sums:
    """What the steps of one epoch add up to."""

    n_batches: int = 0
    loss: float = 0.0
    accuracy: float = 0.0
    gradient_norm: float = 0.0

    def add(self, outcome: StepOutcome) -> None:
        self.n_batches += 1
        self.loss += outcome.loss
        self.accuracy += outcome.accuracy
        self.gradient_norm += outcome.gradient_norm


def run(
    settings: Settings,
    *,
    root: Path | None = None,
    on_epoch: Callable[[Progress], None] = lambda _progress: None,
) -> DemoResult:
    """Trains, records, exports, and measures.

    Args:
        settings: The size and the seed of the training.
        root: Where runs are kept; None takes the recorder's default.
        on_epoch: Called after each epoch; its time counts neither as training nor as recording.

    Raises:
        MissingExtraError: scikit-learn is not installed.
        TachographError: Recording is turned off.
    """
    digits = data.load(settings.seed)
    begin = perf_counter()
    recorder = _open(settings, root)
    opened = perf_counter()
    if recorder.path is None:
        raise TachographError("recording is turned off (TACHO_DISABLED): nothing to demonstrate")
    run_dir = recorder.path
    with recorder:
        training = _Training(settings, digits, recorder)
        last = training.run(on_epoch)
        before_close = perf_counter()
    closed = perf_counter()
    run_bytes = sum(file.stat().st_size for file in run_dir.rglob("*") if file.is_file())
    files = [run_dir / RECORD_NAME, run_dir / HISTORY_NAME]
    recorder.save(files[0])
    recorder.export_to_csv(files[1])
    clocks = training.clocks
    return DemoResult(
        run_dir=run_dir,
        run_id=recorder.run_id,
        files=files,
        steps=last.steps_done,
        epochs=last.epoch + 1,
        val_accuracy=last.val.accuracy,
        summary=recorder.get_training_summary(),
        stability=recorder.analyze_training_stability(),
        run_bytes=run_bytes,
        scalars=last.steps_done * _SCALARS_PER_STEP + (last.epoch + 1) * _SCALARS_PER_EPOCH,
        training_seconds=clocks.training_seconds,
        recording_seconds=clocks.step_calls.seconds + clocks.epoch_calls.seconds,
        step_call_ns=clocks.step_calls.mean_ns,
        open_seconds=opened - begin,
        close_seconds=closed - before_close,
        background_seconds=max(0.0, clocks.other_threads_seconds),
    )


def _open(settings: Settings, root: Path | None) -> TrainingRecorder:
    """A recorder for a new run, told what will be trained and how."""
    options = asdict(settings)
    model_config = {
        "model": "multi-layer perceptron",
        "units": [data.N_PIXELS, *options.pop("hidden_units"), data.N_CLASSES],
    }
    training_config = {"data": "scikit-learn digits", "optimizer": "SGD with momentum", **options}
    if root is None:
        return TrainingRecorder(EXPERIMENT_NAME, model_config, training_config)
    return TrainingRecorder(EXPERIMENT_NAME, model_config, training_config, dir=root)


class _Training:
    """The loop: what a user's own training would look like, plus reads of the clock."""

    def __init__(self, settings: Settings, digits: data.Digits, recorder: TrainingRecorder) -> None:
        self.clocks = _Clocks()
        self._settings = settings
        self._digits = digits
        self._recorder = recorder
        self._rng = np.random.default_rng(settings.seed)
        self._model = Perceptron((data.N_PIXELS, *settings.hidden_units, data.N_CLASSES), self._rng)
        self._optimizer = Momentum(
            self._model,
            n_steps=settings.n_steps,
            peak_rate=settings.peak_rate,
            momentum=settings.momentum,
            weight_decay=settings.weight_decay,
        )
        self._step = 0

    def run(self, on_epoch: Callable[[Progress], None]) -> Progress:
        """Epoch after epoch until all steps are done; the last one may be cut short."""
        epoch = 0
        while True:
            others = _other_threads_seconds()
            begin = perf_counter()
            progress = self._train_epoch(epoch, begin)
            self.clocks.training_seconds += perf_counter() - begin
            self.clocks.other_threads_seconds += _other_threads_seconds() - others
            on_epoch(progress)
            if self._step == self._settings.n_steps:
                return progress
            epoch += 1

    def _train_epoch(self, epoch: int, begin: float) -> Progress:
        """One pass over the training set, then the validation, then `log_epoch`."""
        order = self._rng.permutation(len(self._digits.train_labels))
        sums = _Sums()
        for start in range(0, len(order), self._settings.batch_rows):
            sums.add(self._train_step(order[start : start + self._settings.batch_rows]))
            if self._step == self._settings.n_steps:
                break
        train = Outcome(sums.loss / sums.n_batches, sums.accuracy / sums.n_batches)
        val = self._model.evaluate(self._digits.val_images, self._digits.val_labels)
        call = perf_counter_ns()
        self._recorder.log_epoch(
            epoch,
            train.loss,
            val.loss,
            {"accuracy": train.accuracy},
            {"accuracy": val.accuracy},
            self._optimizer.rate(self._step - 1),
            perf_counter() - begin,
            sums.gradient_norm / sums.n_batches,
        )
        self.clocks.epoch_calls.add(perf_counter_ns() - call)
        return Progress(epoch, self._step, train, val)

    def _train_step(self, rows: NDArray[np.int64]) -> StepOutcome:
        """One mini-batch, blurred by noise so that the few images last for many passes."""
        begin = perf_counter_ns()
        images = self._digits.train_images[rows]
        noise = self._rng.standard_normal(images.shape, dtype=np.float32)
        noise *= self._settings.pixel_noise
        images += noise
        outcome = self._model.train_batch(images, self._digits.train_labels[rows])
        rate = self._optimizer.apply(self._step)
        call = perf_counter_ns()
        self._recorder.log_step(
            self._step,
            {
                "loss": outcome.loss,
                "accuracy": outcome.accuracy,
                "lr": rate,
                "grad_norm": outcome.gradient_norm,
                "step_time_us": (call - begin) // 1000,
            },
        )
        self.clocks.step_calls.add(perf_counter_ns() - call)
        self._step += 1
        return outcome


def _other_threads_seconds() -> float:
    """Processor time that this process's other threads have used so far."""
    return time.process_time() - time.thread_time()
