"""A data set cut into batches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tachograph.analysis.arrays import flag, whole_number
from tachograph.exceptions import InvalidArgumentError
from tachograph.nptrain.real_arrays import real_array
from tachograph.nptrain.seeding import Seed, generator

__all__ = ["create_batches", "paired_arrays"]

Batch = tuple[NDArray[Any], NDArray[Any]]


def create_batches(
    X: Any, y: Any, batch_size: int = 32, shuffle: bool = True, rng: Seed = None
) -> Iterator[Batch]:
    """Batches that cover each sample once; the last one may be smaller.

    Args:
        X: Inputs, samples along the first axis.
        y: Targets, as many.
        batch_size: Samples a batch, at least 1.
        shuffle: Whether in a random order; else in the data's own.
        rng: A seed or a generator for that order; None for one that differs every time.

    Returns:
        A generator of pairs ``(X_batch, y_batch)``. Shuffled batches are copies; batches in the
        data's order are views.

    Raises:
        ArgumentTypeError: `batch_size`, `shuffle` or `rng` has the wrong type.
        InvalidArgumentError: The lengths differ, or something is no array of real numbers.

    Example:
        >>> batches = create_batches([[1.0], [2.0], [3.0]], [0, 1, 0], batch_size=2, rng=0)
        >>> [len(y_batch) for _, y_batch in batches]
        [2, 1]
    """
    inputs, targets = paired_arrays(X, y, ("X", "y"))
    size = whole_number(batch_size, "batch_size", at_least=1)
    wants = flag(shuffle, "shuffle")
    # A new generator asks the system for entropy; one that is given is looked at in any case.
    draws = generator(rng) if wants or rng is not None else None
    return _batches(inputs, targets, size, draws if wants else None)


def paired_arrays(X: Any, y: Any, arguments: tuple[str, str]) -> Batch:
    """Inputs and targets as arrays with the same number of samples.

    Args:
        X: Inputs, samples along the first axis.
        y: Targets, as many.
        arguments: What the caller names them.

    Raises:
        InvalidArgumentError: The lengths differ, or something is no array of real numbers.
    """
    inputs, targets = real_array(X, arguments[0]), real_array(y, arguments[1])
    if not inputs.ndim or not targets.ndim or len(inputs) != len(targets):
        message = (
            f"{arguments[0]} and {arguments[1]} must have as many samples along their first axis; "
            f"their shapes are {inputs.shape} and {targets.shape}"
        )
        raise InvalidArgumentError(message, argument=arguments[1])
    return inputs, targets


def _batches(
    inputs: NDArray[Any], targets: NDArray[Any], size: int, rng: np.random.Generator | None
) -> Iterator[Batch]:
    order = None if rng is None else rng.permutation(len(inputs))
    for start in range(0, len(inputs), size):
        chosen = slice(start, start + size)
        if order is None:
            yield inputs[chosen], targets[chosen]
        else:
            rows = order[chosen]
            yield inputs.take(rows, axis=0), targets.take(rows, axis=0)
