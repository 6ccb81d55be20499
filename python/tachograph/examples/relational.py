"""Two networks of equal size on a question of order: a fair comparison, whoever wins.

    python -m tachograph.examples.relational
    python -m tachograph.examples.relational --seeds 1

An LSTM and a RelationalRNN with as many parameters are asked which of five numbers is the n-th
largest. Task, sizes, steps and seeds were fixed before the comparison was run, and so was the rule
by which each got its learning rate: the best of four by one training each, of the same length, on
a seed that the comparison does not use (``--choose-rates`` does it again). Both see the same
questions for the same seed, each once. The last parameters are judged, on questions of their own;
no epoch is chosen. With ``pip install 'tachograph[plot,report]'`` it ends in a figure and a page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, Final

import numpy as np

from tachograph._options import whole
from tachograph.analysis.arrays import fraction, one_of, whole_number
from tachograph.examples.options import base_parser, refusing
from tachograph.examples.session import MODELS, attempt, open_run, report, say
from tachograph.examples.sorting import INPUT_SIZE, N_NUMBERS, questions
from tachograph.examples.spread import Score, score, table
from tachograph.nptrain import Adam, Model, cosine_schedule, evaluate, train_step
from tachograph.nptrain.history import Epoch, EpochMeans
from tachograph.nptrain.run_log import RunLog
from tachograph.overview.comparison import compare
from tachograph.recorder import TrainingRecorder

__all__ = [
    "LEARNING_RATES",
    "RATES",
    "SIZES",
    "STEPS_AN_EPOCH",
    "Trained",
    "main",
    "run",
    "scores_of",
    "train",
]

EPOCHS: Final = 20
STEPS_AN_EPOCH: Final = 40
BATCH_SIZE: Final = 64
N_SEEDS: Final = 5
SIZES: Final[Mapping[str, Mapping[str, int]]] = {
    "lstm": {"hidden_size": 66},
    "relational": {"hidden_size": 48, "num_slots": 4, "slot_size": 16, "num_heads": 2},
}
"""Of which 19,607 parameters come, and 19,397."""
RATES: Final = (0.003, 0.01, 0.03, 0.1)
"""Those that were tried for both."""
LEARNING_RATES: Final[Mapping[str, float]] = {"lstm": 0.03, "relational": 0.03}
"""The first of each training, which falls to 0 along a cosine."""
_CHOICE_SEED: Final = 1000
_VAL_SEED, _TEST_SEED = 2000, 3000
_N_VAL, _N_TEST = 1000, 4000
_EVALUATION_ROWS = 500


@dataclass(frozen=True, slots=True)
class Trained:
    """What came of one training.

    Attributes:
        model: Its name in `MODELS`.
        seed: Of weights and questions.
        n_parameters: How many numbers were trained.
        accuracies: On the validation questions, after each epoch.
        test_accuracy: Of the last parameters.
        seconds: Of the training.
        run_dir: Where the run lies.
    """

    model: str
    seed: int
    n_parameters: int
    accuracies: tuple[float, ...]
    test_accuracy: float
    seconds: float
    run_dir: Path


def train(
    name: str,
    seed: int,
    *,
    learning_rate: float | None = None,
    epochs: int = EPOCHS,
    root: Path | None = None,
) -> Trained:
    """Trains one model, every batch of new questions, under a recorder.

    Args:
        name: ``"lstm"`` or ``"relational"``.
        seed: Of the weights and the questions; validation and test are the same for all.
        learning_rate: None takes the model's own.
        epochs: Of 40 steps; after each the model is evaluated.
        root: Where runs are kept; None takes the recorder's default.

    Raises:
        ArgumentTypeError: `seed` or `epochs` is no integer, or `learning_rate` no number.
        InvalidArgumentError: There is no such model, or a number is out of bounds.
        TachographError: Recording is turned off.
    """
    one_of(name, "name", tuple(MODELS))
    whole_number(seed, "seed", at_least=0)
    seed = int(seed)
    epochs = whole_number(epochs, "epochs", at_least=1)
    if learning_rate is not None:
        learning_rate = fraction(learning_rate, "learning_rate", high=float("inf"), takes_low=True)
    peak = LEARNING_RATES[name] if learning_rate is None else learning_rate
    sizes: dict[str, Any] = {"input_size": INPUT_SIZE, "output_size": N_NUMBERS, **SIZES[name]}
    model = MODELS[name](**sizes, rng=seed)
    recorder, run_dir = open_run(
        f"sorting-{name}",
        {"model": name, **sizes, "parameters": model.n_parameters},
        {
            "optimizer": "Adam",
            "learning_rate": peak,
            "batch_size": BATCH_SIZE,
            "epochs": epochs,
            "seed": seed,
        },
        root,
    )
    begin = perf_counter()
    with recorder:
        accuracies = tuple(_epochs(model, recorder, peak, n_epochs=epochs, seed=seed))
    seconds = perf_counter() - begin
    test = questions(_N_TEST, np.random.default_rng(_TEST_SEED))
    _, test_accuracy = evaluate(model, *test, batch_size=_EVALUATION_ROWS)
    return Trained(name, seed, model.n_parameters, accuracies, test_accuracy, seconds, run_dir)


def run(
    n_seeds: int = N_SEEDS,
    *,
    epochs: int = EPOCHS,
    root: Path | None = None,
    on_trained: Callable[[Trained], None] = lambda _trained: None,
) -> list[Trained]:
    """Trains both models with the seeds from 0, by turns.

    Args:
        n_seeds: How many.
        epochs: Of each training.
        root: Where runs are kept; None takes the recorder's default.
        on_trained: Is told of each training.

    Raises:
        ArgumentTypeError: `n_seeds` or `epochs` is no integer.
        InvalidArgumentError: One of them is below 1.
        TachographError: Recording is turned off.
    """
    trained = []
    for seed in range(whole_number(n_seeds, "n_seeds", at_least=1)):
        for name in SIZES:
            trained.append(train(name, seed, epochs=epochs, root=root))
            on_trained(trained[-1])
    return trained


def main(arguments: Sequence[str] | None = None) -> None:
    """What ``python -m tachograph.examples.relational`` does."""
    options = base_parser(__doc__, epochs=EPOCHS)
    options.add_argument("--seeds", type=whole(1), default=N_SEEDS, help=f"default {N_SEEDS}")
    options.add_argument("--choose-rates", action="store_true", help="try the learning rates")
    given = options.parse_args(arguments)
    with refusing(options):
        if given.choose_rates:
            _choose_rates(given.epochs, given.dir)
        else:
            _compare(given.seeds, given.epochs, given.dir)


def _compare(n_seeds: int, epochs: int, root: Path | None) -> None:
    """Trains, and shows what came of it."""
    trained = run(n_seeds, epochs=epochs, root=root, on_trained=_tell)
    scores = scores_of(trained)
    directory = trained[-1].run_dir
    runs = [one.run_dir for one in trained]
    comparison = compare(runs)
    say(f"\n{table(scores)}")
    if comparison.best is not None:
        say(f"best single run, by validation loss: {comparison.labels[comparison.best]}")
    files = attempt(lambda: _figure(scores, directory / "comparison.png"))
    files += attempt(lambda: report(runs, directory / "comparison.html"))
    say("\n".join(map(str, files)))


def scores_of(trained: Sequence[Trained]) -> list[Score]:
    """A score for each model, over its seeds."""
    return [
        score(
            MODELS[name].__name__,
            of_model[0].n_parameters,
            [one.test_accuracy for one in of_model],
            [one.accuracies for one in of_model],
        )
        for name in SIZES
        if (of_model := [one for one in trained if one.model == name])
    ]


def _epochs(
    model: Model, recorder: TrainingRecorder, peak: float, *, n_epochs: int, seed: int
) -> Iterator[float]:
    """Trains and logs; yields the accuracy on the validation questions after each epoch."""
    rng, optimizer, log = np.random.default_rng(seed), Adam(), RunLog(recorder, log_every=1)
    val = questions(_N_VAL, np.random.default_rng(_VAL_SEED))
    n_steps = n_epochs * STEPS_AN_EPOCH
    for first in range(0, n_steps, STEPS_AN_EPOCH):
        begin, means, rate = perf_counter(), EpochMeans(), peak
        for step in range(first, first + STEPS_AN_EPOCH):
            rate = cosine_schedule(step, peak, n_steps)
            outcome = train_step(model, *questions(BATCH_SIZE, rng), rate, optimizer=optimizer)
            means.add(outcome, BATCH_SIZE)
            log.step(outcome, rate)
        loss, accuracy = evaluate(model, *val, batch_size=_EVALUATION_ROWS)
        epoch = Epoch(means.loss, means.metric, loss, accuracy, rate, means.grad_norm)
        log.epoch(epoch, perf_counter() - begin)
        yield accuracy


def _choose_rates(epochs: int, root: Path | None) -> None:
    """Each model with each rate, on a seed of its own, by validation questions."""
    for name in SIZES:
        for rate in RATES:
            one = train(name, _CHOICE_SEED, learning_rate=rate, epochs=epochs, root=root)
            say(f"{name:<12} {rate:<8g} {one.accuracies[-1]:.1%} of the validation questions")


def _tell(one: Trained) -> None:
    say(f"{one.model:<12} seed {one.seed}   {one.test_accuracy:6.1%}   {one.seconds:.0f} s")


def _figure(scores: Sequence[Score], path: Path) -> list[Path]:
    from tachograph.examples.spread_figure import draw_spread

    draw_spread(scores, path, steps_an_epoch=STEPS_AN_EPOCH)
    return [path]


if __name__ == "__main__":
    main()
