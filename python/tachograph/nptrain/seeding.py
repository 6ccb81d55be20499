"""Randomness that its caller can repeat; NumPy's global state is neither read nor changed."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from tachograph.exceptions import ArgumentTypeError, InvalidArgumentError

__all__ = ["Seed", "generator"]

Seed: TypeAlias = "int | np.random.Generator | None"


def generator(seed: Seed, argument: str = "rng") -> np.random.Generator:
    """A generator: the one that was given, or a new one.

    Args:
        seed: A generator, which is drawn from; an integer of at least 0, with which a new one
            starts; None for one that starts anywhere.
        argument: What the caller names it.

    Raises:
        ArgumentTypeError: It is something else.
        InvalidArgumentError: It is below 0.
    """
    if isinstance(seed, np.random.Generator):
        return seed
    if seed is None:
        return np.random.default_rng()
    if isinstance(seed, bool | np.bool_) or not isinstance(seed, int | np.integer):
        message = f"{argument} must be a seed, a numpy Generator or None, not {type(seed).__name__}"
        raise ArgumentTypeError(message, argument=argument)
    if seed < 0:
        raise InvalidArgumentError(f"{argument} must be at least 0, not {seed}", argument=argument)
    return np.random.default_rng(int(seed))
