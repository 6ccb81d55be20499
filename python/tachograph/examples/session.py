"""What the examples share: a recorded training, and the files made of its run."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from numpy.typing import NDArray

from tachograph.analysis.arrays import one_of, whole_number
from tachograph.exceptions import MissingExtraError, TachographError
from tachograph.nptrain import LSTM, Adam, Model, RelationalRNN, evaluate, train_model
from tachograph.nptrain.history import History
from tachograph.recorder import TrainingRecorder

__all__ = [
    "MODELS",
    "Draw",
    "Outcome",
    "Part",
    "Plan",
    "Splits",
    "attempt",
    "open_run",
    "report",
    "say",
    "train",
]

Part = tuple[NDArray[Any], NDArray[Any]]
"""Inputs [N, T, I] and targets."""

Draw = Callable[[Model, Path], list[Path]]

MODELS: Mapping[str, Callable[..., LSTM | RelationalRNN]] = {
    "lstm": LSTM,
    "relational": RelationalRNN,
}


@dataclass(frozen=True, slots=True)
class Splits:
    """Data to train with, to choose the epoch by, and to judge the result with at the end."""

    train: Part
    val: Part
    test: Part


@dataclass(frozen=True, slots=True)
class Plan:
    """What a training is told."""

    experiment: str
    task: str
    model: str
    hidden_size: int
    output_size: int
    epochs: int
    learning_rate: float
    batch_size: int = 32
    seed: int = 0

    def __post_init__(self) -> None:
        """Looks at what an example's caller may choose, before anything is loaded or recorded.

        Raises:
            ArgumentTypeError: `epochs` or `seed` is no integer.
            InvalidArgumentError: There is no such model, or one of them is below 0.
        """
        one_of(self.model, "model", tuple(MODELS))
        whole_number(self.epochs, "epochs", at_least=0)
        whole_number(self.seed, "seed", at_least=0)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came out.

    Attributes:
        model: With the parameters of its best epoch.
        history: As `train_model` returns it.
        test_loss: On the data that the training never saw.
        test_metric: Likewise: accuracy, or the negative loss.
        seconds: Of the training.
        run_dir: Where the run lies.
        files: Pictures and reports made of it.
    """

    model: LSTM | RelationalRNN
    history: History
    test_loss: float
    test_metric: float
    seconds: float
    run_dir: Path
    files: list[Path]


def train(
    plan: Plan,
    splits: Splits,
    *,
    root: Path | None,
    verbose: bool = True,
    draw: Draw = lambda _model, _directory: [],
) -> Outcome:
    """Trains a model under a recorder, judges it, and draws and reports its run.

    Args:
        plan: The training.
        splits: Its data.
        root: Where runs are kept; None takes the recorder's default.
        verbose: Whether to print a line for each epoch.
        draw: Makes figures of the example's own of the trained model, in a directory.

    Raises:
        TachographError: Recording is turned off.
    """
    sizes = {
        "input_size": splits.train[0].shape[2],
        "hidden_size": plan.hidden_size,
        "output_size": plan.output_size,
    }
    model = MODELS[plan.model](**sizes, rng=plan.seed)
    recorder, run_dir = _open(plan, {**sizes, "parameters": model.n_parameters}, root)
    with recorder:
        begin = perf_counter()
        history = train_model(
            model,
            splits.train,
            splits.val,
            epochs=plan.epochs,
            batch_size=plan.batch_size,
            learning_rate=plan.learning_rate,
            lr_decay=0.9,
            lr_decay_every=5,
            task=plan.task,
            optimizer=Adam(),
            seed=plan.seed,
            recorder=recorder,
            verbose=verbose,
        )
        seconds = perf_counter() - begin
    test_loss, test_metric = evaluate(model, *splits.test, plan.task)
    figures = attempt(lambda: [*_figures(run_dir), *draw(model, run_dir / "figures")])
    files = [*figures, *attempt(lambda: report(run_dir, run_dir / "report.html"))]
    return Outcome(model, history, test_loss, test_metric, seconds, run_dir, files)


def say(text: str) -> None:
    """A line on standard output."""
    sys.stdout.write(f"{text}\n")


def attempt(make: Callable[[], list[Path]]) -> list[Path]:
    """The files that were made; none, and a line that says what to install, without an extra."""
    try:
        return make()
    except MissingExtraError as error:
        say(f"left out: {error}")
        return []


def open_run(
    experiment: str,
    model_config: dict[str, Any],
    training_config: dict[str, Any],
    root: Path | None,
) -> tuple[TrainingRecorder, Path]:
    """A recorder for a new run, and the run's directory.

    Args:
        experiment: Its name.
        model_config: What will be trained.
        training_config: And how.
        root: Where runs are kept; None takes the recorder's default.

    Raises:
        TachographError: Recording is turned off.
    """
    where: dict[str, Any] = {} if root is None else {"dir": root}
    recorder = TrainingRecorder(experiment, model_config, training_config, **where)
    if recorder.path is None:
        raise TachographError(
            "recording is turned off (TACHO_DISABLED): unset it for a run to report"
        )
    return recorder, recorder.path


def _open(plan: Plan, sizes: dict[str, int], root: Path | None) -> tuple[TrainingRecorder, Path]:
    model_config = {"model": plan.model, **sizes}
    training_config = {
        "optimizer": "Adam",
        "learning_rate": plan.learning_rate,
        "batch_size": plan.batch_size,
        "epochs": plan.epochs,
        "seed": plan.seed,
    }
    return open_run(plan.experiment, model_config, training_config, root)


def _figures(run_dir: Path) -> list[Path]:
    from tachograph.plots import TrainingVisualizer

    return TrainingVisualizer().create_training_report(run_dir, run_dir / "figures")


def report(runs: Path | Sequence[Path], path: Path) -> list[Path]:
    """The page of a run, or of several side by side.

    Raises:
        MissingExtraError: plotly is not installed.
    """
    from tachograph.report import write_html

    write_html(runs, path)
    return [path]
