"""Which windows train and which validate."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tachograph.exceptions import InvalidArgumentError

__all__ = ["stratified_split"]


def stratified_split(
    labels: NDArray[np.int64], val_split: float, seed: int
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Draws a share of each class, so that both parts have the classes in the same proportion.

    Args:
        labels: The class of each window.
        val_split: The share that validates, between 0 and 1; of a class with two windows or more
            at least one validates and one trains, of a class with one window it trains.
        seed: Of the draw.

    Returns:
        The places of the windows that train, and of those that validate, each in ascending order.

    Raises:
        InvalidArgumentError: There are not enough windows for both parts.
    """
    rng = np.random.default_rng(seed)
    validates = np.zeros(len(labels), dtype=bool)
    for label in np.unique(labels):
        places = rng.permutation(np.flatnonzero(labels == label))
        n_val = min(max(round(val_split * len(places)), 1), len(places) - 1)
        validates[places[:n_val]] = True
    if not validates.any():
        message = f"val_split needs two windows of one class at least, of {len(labels)} in all"
        raise InvalidArgumentError(message, argument="val_split")
    return np.flatnonzero(~validates), np.flatnonzero(validates)
