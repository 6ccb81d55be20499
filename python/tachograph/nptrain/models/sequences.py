"""Batches of sequences, as callers hand them in."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tachograph.exceptions import InvalidArgumentError
from tachograph.nptrain.real_arrays import Floats, as_float64, real_array

__all__ = ["batch_of_sequences", "time_major"]

_N_AXES = 3  # samples, steps, features


def batch_of_sequences(X: Any, input_size: int) -> NDArray[Any]:
    """The batch [samples, steps, input_size] as an array of its own type.

    Raises:
        InvalidArgumentError: Another shape, no samples, no steps, or no real numbers.
    """
    batch = real_array(X, "X")
    if batch.ndim != _N_AXES or batch.shape[2] != input_size or not batch.size:
        message = (
            f"X must have the shape (samples, steps, {input_size}), with one sample and one step "
            f"at least; its shape is {batch.shape}"
        )
        raise InvalidArgumentError(message, argument="X")
    return batch


def time_major(batch: NDArray[Any]) -> Floats:
    """A batch [samples, steps, features] as contiguous float64[steps, samples, features]."""
    return np.ascontiguousarray(as_float64(batch.transpose(1, 0, 2)))
