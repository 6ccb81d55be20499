"""Batches of sequences, as callers hand them in."""

from __future__ import annotations

from typing import Any

import numpy as np

from tachograph.exceptions import InvalidArgumentError
from tachograph.nptrain.real_arrays import Floats, real_array

__all__ = ["time_major"]

_N_AXES = 3  # samples, steps, features


def time_major(X: Any, input_size: int) -> Floats:
    """A batch [samples, steps, input_size] as contiguous float64[steps, samples, input_size].

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
    with np.errstate(over="ignore"):  # a longdouble that is too large becomes an infinity
        return np.ascontiguousarray(batch.transpose(1, 0, 2), dtype=np.float64)
