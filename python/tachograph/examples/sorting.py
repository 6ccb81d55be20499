"""Questions about the order of numbers: data whose every sample is drawn anew.

A sequence has five numbers, drawn evenly from -1 to 1, a step each. Beside each number stands the
question, as one-hot: which of them is the n-th largest? The answer is the place of that number in
the sequence. One number alone gives a hint at best: the answer takes how all of them lie.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from tachograph.examples.session import Part

__all__ = ["CHANCE", "INPUT_SIZE", "N_NUMBERS", "questions"]

N_NUMBERS: Final = 5
INPUT_SIZE: Final = 1 + N_NUMBERS
"""The number, and the question."""
CHANCE: Final = 1 / N_NUMBERS
"""What one is right by who has not looked at the numbers."""


def questions(n_samples: int, rng: np.random.Generator) -> Part:
    """Sequences [N, 5, 6] and the places [N] that are asked for, from 0.

    Args:
        n_samples: N.
        rng: Draws numbers and questions.
    """
    numbers = rng.uniform(-1.0, 1.0, (n_samples, N_NUMBERS))
    ranks = rng.integers(0, N_NUMBERS, n_samples)
    by_size = np.argsort(-numbers, axis=1)
    places = by_size[np.arange(n_samples), ranks]
    asked = np.broadcast_to(np.eye(N_NUMBERS)[ranks, None], (n_samples, N_NUMBERS, N_NUMBERS))
    return np.concatenate([numbers[:, :, None], asked], axis=2), places
