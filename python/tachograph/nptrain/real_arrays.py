"""Arrays that callers hand in: real numbers of the expected shape, or an error that says both."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tachograph.analysis.arrays import is_masked
from tachograph.exceptions import InvalidArgumentError

__all__ = ["Floats", "as_float64", "mean", "real_array"]

Floats = NDArray[np.float64]

_NUMERIC_KINDS = "fiub"
_FLOAT64_BYTES = 8


def real_array(values: Any, argument: str) -> NDArray[Any]:
    """The values as an array of their own type, without a copy where they are one already.

    Args:
        values: Anything that NumPy takes as an array of real numbers or booleans.
        argument: What the caller names it.

    Raises:
        InvalidArgumentError: They are not real numbers, are ragged, or are masked.
    """
    try:
        array = values if isinstance(values, np.ndarray) else np.asarray(values)
    except (TypeError, ValueError, RuntimeError) as error:  # the last: tensors with gradients
        message = f"{argument} must be an array of real numbers: {error}"
        raise InvalidArgumentError(message, argument=argument) from error
    if array.dtype.kind not in _NUMERIC_KINDS:
        message = f"{argument} must be an array of real numbers, not of {array.dtype}"
        raise InvalidArgumentError(message, argument=argument)
    if is_masked(array):
        message = f"{argument} is a masked array; fill or drop its masked places first"
        raise InvalidArgumentError(message, argument=argument)
    return array


def as_float64(array: NDArray[Any]) -> Floats:
    """The array in float64, itself where it is; a longdouble that is too large is an infinity."""
    if array.dtype.itemsize <= _FLOAT64_BYTES:
        return array.astype(np.float64, copy=False)
    with np.errstate(over="ignore"):
        return array.astype(np.float64)


def mean(values: Floats) -> float:
    """The mean of all elements; finite where all of them are, however large.

    Where they are not, or their sum is not, NumPy may warn of it: call it where it does not.
    """
    plain = float(np.add.reduce(values, axis=None)) / values.size
    if math.isfinite(plain):
        return plain
    # Where the sum alone is too large, the mean of the scaled values is not.
    largest = float(np.abs(values).max())
    return largest * float(np.mean(values / largest)) if math.isfinite(largest) else plain
