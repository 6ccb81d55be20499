"""An object tracked through noise: regression on generated data.

    python -m tachograph.examples.tracking
    python -m tachograph.examples.tracking --model relational

A ball flies through a unit box and bounces off its walls. The model sees twenty places of it, each
with noise, and says where it will be next. Beside its error stand those of two guesses that need
no training: that the ball stays where it was seen last, and that it goes on as between the last
two places. With ``pip install 'tachograph[plot,report]'`` the run ends in figures and a page.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tachograph.analysis.arrays import whole_number
from tachograph.examples.options import parser, refusing
from tachograph.examples.session import Outcome, Part, Plan, Splits, say, train
from tachograph.nptrain import Model, mse_loss

__all__ = ["generate", "guesses", "load", "main", "run"]

EPOCHS = 30
N_STEPS = 20
NOISE = 0.03
"""Standard deviation of what is seen, in sides of the box."""
_SPEED = 0.08
_N_TRAIN, _N_VAL, _N_TEST = 2000, 500, 500
_HIDDEN_SIZE = 48
_LEARNING_RATE = 0.01
_BATCH_SIZE = 64
_N_DRAWN = 100

Places = NDArray[np.float64]


def fly(n_balls: int, n_steps: int, rng: np.random.Generator) -> tuple[Places, Places]:
    """Flights of balls: what is seen of them, and where they truly are, both [N, T, 2].

    Args:
        n_balls: N.
        n_steps: T.
        rng: Draws places, directions, speeds and noise.
    """
    start = rng.uniform(0.0, 1.0, (n_balls, 1, 2))
    angle = rng.uniform(0.0, 2 * math.pi, n_balls)
    speed = rng.uniform(0.25, 1.0, n_balls) * _SPEED
    velocity = (np.stack([np.cos(angle), np.sin(angle)], axis=1) * speed[:, None])[:, None]
    straight = start + velocity * np.arange(n_steps)[:, None]
    # A flight between walls is a straight one through mirrored boxes, folded back.
    places = 1.0 - np.abs(straight % 2.0 - 1.0)
    return places + NOISE * rng.standard_normal(places.shape), places


def generate(n_balls: int, rng: np.random.Generator) -> Part:
    """What is seen of balls, [N, 20, 2], and where they truly are one step later, [N, 2]."""
    seen, places = fly(n_balls, N_STEPS + 1, rng)
    return seen[:, :N_STEPS], places[:, N_STEPS]


def load(seed: int) -> Splits:
    """Balls to train with, to choose the epoch by, and to judge by; the same for the same seed.

    Raises:
        ArgumentTypeError: It is no integer.
        InvalidArgumentError: It is below 0.
    """
    whole_number(seed, "seed", at_least=0)
    rng = np.random.default_rng(int(seed))
    return Splits(*(generate(n_balls, rng) for n_balls in (_N_TRAIN, _N_VAL, _N_TEST)))


def guesses(seen: Places) -> dict[str, Places]:
    """Next places, [N, 2], by rules that were not learned."""
    return {
        "stays where it was seen": seen[:, -1],
        "goes on as it did": 2.0 * seen[:, -1] - seen[:, -2],
    }


def run(
    model: str = "lstm",
    *,
    epochs: int = EPOCHS,
    seed: int = 0,
    root: Path | None = None,
    verbose: bool = True,
) -> Outcome:
    """Trains a model of 48 hidden units to say where the ball will be.

    Args:
        model: ``"lstm"`` or ``"relational"``.
        epochs: At most.
        seed: Of the data, the weights and the batches.
        root: Where runs are kept; None takes the recorder's default.
        verbose: Whether to print a line for each epoch.

    Raises:
        ArgumentTypeError: `epochs` or `seed` is no integer.
        InvalidArgumentError: There is no such model, or one of them is below 0.
        TachographError: Recording is turned off.
    """
    plan = Plan(
        experiment="tracking",
        task="regression",
        model=model,
        hidden_size=_HIDDEN_SIZE,
        output_size=2,
        epochs=epochs,
        learning_rate=_LEARNING_RATE,
        batch_size=_BATCH_SIZE,
        seed=seed,
    )
    return train(plan, load(seed), root=root, verbose=verbose, draw=partial(_drawn, seed=seed))


def main(arguments: Sequence[str] | None = None) -> None:
    """What ``python -m tachograph.examples.tracking`` does."""
    options = parser(__doc__, epochs=EPOCHS)
    given = options.parse_args(arguments)
    with refusing(options):
        outcome = run(given.model, epochs=given.epochs, seed=given.seed, root=given.dir)
    seen, truth = load(given.seed).test
    say(f"\nroot mean square error of the next place, after {outcome.seconds:.0f} s of training:")
    errors = {name: mse_loss(guess, truth) for name, guess in guesses(seen).items()}
    for name, error in {"the model": outcome.test_loss, **errors}.items():
        say(f"  {name:<24} {math.sqrt(error):.4f}")
    say("\n".join(map(str, outcome.files)))


def _drawn(model: Model, directory: Path, *, seed: int) -> list[Path]:
    """One long flight, each place of it predicted from the twenty before."""
    from tachograph.plots import TrainingVisualizer

    path = directory / "track.png"
    seen, places = fly(1, N_STEPS + _N_DRAWN, np.random.default_rng((seed, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(seen[0, :-1], N_STEPS, axis=0)
    predicted = model.forward(windows.transpose(0, 2, 1))
    TrainingVisualizer().plot_predictions(
        predicted, places[0, N_STEPS:], path, feature_names=["x", "y"]
    )
    return [path]


if __name__ == "__main__":
    main()
