"""Trains the demo's model under a recorder and says what came out and what recording cost."""

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import perf_counter, perf_counter_ns
from typing import Any

import numpy as np

from tachograph.demo import data
from tachograph.demo.model import Perceptron
from tachograph.demo.stopwatch import Stopwatch
from tachograph.exceptions import TachographError
from tachograph.nptrain.batches import create_batches
from tachograph.nptrain.clipping import global_norm
from tachograph.nptrain.history import EpochMeans
from tachograph.nptrain.optimizers import SGD
from tachograph.nptrain.schedules import cosine_schedule
from tachograph.nptrain.training import evaluate
from tachograph.recorder import TrainingRecorder

EXPERIMENT_NAME = "digits"
RECORD_NAME = "record.json"
HISTORY_NAME = "history.csv"

_SCALARS_PER_STEP = 5
_SCALARS_PER_EPOCH = 7
# Below this many rows a product with a 64 x 64 matrix stays on one thread in the BLAS that NumPy
# brings; more rows would wake its pool, which then spins on cores that others could use.
_EVALUATION_ROWS = 64


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
class Outcome:
    """What a model did on a whole set, averaged over its rows."""

    loss: float
    accuracy: float


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
        self._optimizer = SGD(settings.momentum, weight_decay=settings.weight_decay)
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
        digits, means, rate = self._digits, EpochMeans(), 0.0
        size = self._settings.batch_rows
        for images, labels in create_batches(
            self._blurred_images(), digits.train_labels, size, rng=self._rng
        ):
            rate = cosine_schedule(self._step, self._settings.peak_rate, self._settings.n_steps)
            means.add(self._train_step(images, labels, rate), len(labels))
            if self._step == self._settings.n_steps:
                break
        train = Outcome(means.loss, means.metric)
        val = Outcome(
            *evaluate(
                self._model, digits.val_images, digits.val_labels, batch_size=_EVALUATION_ROWS
            )
        )
        call = perf_counter_ns()
        self._recorder.log_epoch(
            epoch,
            train.loss,
            val.loss,
            {"accuracy": train.accuracy},
            {"accuracy": val.accuracy},
            rate,
            perf_counter() - begin,
            means.grad_norm,
        )
        self.clocks.epoch_calls.add(perf_counter_ns() - call)
        return Progress(epoch, self._step, train, val)

    def _blurred_images(self) -> data.Images:
        """The training set with noise on it, so that the few images last for many passes."""
        noise = self._rng.random(self._digits.train_images.shape, dtype=np.float32)
        noise -= np.float32(0.5)
        noise *= np.float32(math.sqrt(12) * self._settings.pixel_noise)
        noise += self._digits.train_images
        return noise

    def _train_step(
        self, images: data.Images, labels: data.Labels, rate: float
    ) -> tuple[float, float, float]:
        """One mini-batch."""
        begin = perf_counter_ns()
        # What `train_step` does, less its checks of what a user may bring.
        model = self._model
        loss, accuracy, grads = model.loss_and_grads(images, labels, "classification")
        gradient_norm = global_norm(grads)
        model.set_params(self._optimizer.update(model.get_params(), grads, rate))
        call = perf_counter_ns()
        self._recorder.log_step(
            self._step,
            {
                "loss": loss,
                "accuracy": accuracy,
                "lr": rate,
                "grad_norm": gradient_norm,
                "step_time_us": (call - begin) // 1000,
            },
        )
        self.clocks.step_calls.add(perf_counter_ns() - call)
        self._step += 1
        return loss, accuracy, gradient_norm


def _other_threads_seconds() -> float:
    """Processor time that this process's other threads have used so far."""
    return time.process_time() - time.thread_time()
