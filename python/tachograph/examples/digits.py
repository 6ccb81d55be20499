"""Handwritten digits, read row by row: classification of sequences on real data.

    python -m tachograph.examples.digits
    python -m tachograph.examples.digits --model relational

Each of scikit-learn's 1,797 digits is a sequence of eight steps, a step a row of eight pixels. The
model says after the last row which digit it was. Three fifths of each digit's images train it, a
fifth chooses the epoch, and a fifth, which it never saw, judges it. Needs
``pip install 'tachograph[demo]'``; with ``plot`` and ``report`` the run ends in figures and a page.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tachograph.analysis.arrays import whole_number
from tachograph.demo import data
from tachograph.examples.options import parser, refusing
from tachograph.examples.session import Outcome, Plan, Splits, say, train

__all__ = ["load", "main", "run"]

EPOCHS = 30
_ROWS = _PIXELS = 8
_HIDDEN_SIZE = 64
_LEARNING_RATE = 0.005


def load(seed: int) -> Splits:
    """The digits as sequences [N, 8, 8] of brightness from 0 to 1, with their labels.

    Args:
        seed: Of the split between training and the rest.

    Raises:
        ArgumentTypeError: It is no integer.
        InvalidArgumentError: It is below 0.
        MissingExtraError: scikit-learn is not installed.
    """
    whole_number(seed, "seed", at_least=0)
    digits = data.load(int(seed), val_fraction=0.4)
    train_rows = digits.train_images.reshape(-1, _ROWS, _PIXELS)
    held_back = digits.val_images.reshape(-1, _ROWS, _PIXELS)
    # Those held back stand in the order in which they were written down: every other one.
    return Splits(
        train=(train_rows, digits.train_labels),
        val=(held_back[::2], digits.val_labels[::2]),
        test=(held_back[1::2], digits.val_labels[1::2]),
    )


def run(
    model: str = "lstm",
    *,
    epochs: int = EPOCHS,
    seed: int = 0,
    root: Path | None = None,
    verbose: bool = True,
) -> Outcome:
    """Trains a model of 64 hidden units on the digits.

    Args:
        model: ``"lstm"`` or ``"relational"``.
        epochs: At most.
        seed: Of the split, the weights and the batches.
        root: Where runs are kept; None takes the recorder's default.
        verbose: Whether to print a line for each epoch.

    Raises:
        MissingExtraError: scikit-learn is not installed.
        ArgumentTypeError: `epochs` or `seed` is no integer.
        InvalidArgumentError: There is no such model, or one of them is below 0.
        TachographError: Recording is turned off.
    """
    plan = Plan(
        experiment="digits-by-row",
        task="classification",
        model=model,
        hidden_size=_HIDDEN_SIZE,
        output_size=data.N_CLASSES,
        epochs=epochs,
        learning_rate=_LEARNING_RATE,
        seed=seed,
    )
    return train(plan, load(seed), root=root, verbose=verbose)


def main(arguments: Sequence[str] | None = None) -> None:
    """What ``python -m tachograph.examples.digits`` does."""
    options = parser(__doc__, epochs=EPOCHS)
    given = options.parse_args(arguments)
    with refusing(options):
        outcome = run(given.model, epochs=given.epochs, seed=given.seed, root=given.dir)
    say(
        f"\n{outcome.test_metric:.1%} of the digits held back are told, "
        f"after {len(outcome.history['val_loss'])} epochs in {outcome.seconds:.0f} s"
    )
    say("\n".join(map(str, outcome.files)))


if __name__ == "__main__":
    main()
