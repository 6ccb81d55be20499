"""Arrays that callers hand in: real numbers of the expected shape, or an error that says both."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tachograph.analysis.arrays import is_masked, numeric_array
from tachograph.exceptions import ArgumentTypeError, InvalidArgumentError

__all__ = ["Floats", "as_float64", "mean", "named_arrays", "real_array", "single_number"]

Floats = NDArray[np.float64]

_FLOAT64_BYTES = 8


def real_array(values: Any, argument: str) -> NDArray[Any]:
    """The values as an array of their own type, without a copy where they are one already.

    Args:
        values: Anything that NumPy takes as an array of real numbers or booleans.
        argument: What the caller names it.

    Raises:
        InvalidArgumentError: They are not real numbers, are ragged, or are masked.
    """
    array = numeric_array(values, argument, refusal=InvalidArgumentError)
    if is_masked(array):
        message = (
            f"{argument} must be an array without a mask, not a masked one: fill or drop its "
            "masked places first"
        )
        raise InvalidArgumentError(message, argument=argument)
    return array


def named_arrays(values: Any, argument: str) -> dict[str, NDArray[Any]]:
    """A mapping from names to arrays, each as `real_array` gives it.

    Args:
        values: The mapping.
        argument: What the caller names it.

    Raises:
        ArgumentTypeError: It is no mapping.
        InvalidArgumentError: An element is no array of real numbers.
    """
    if not isinstance(values, Mapping):
        message = f"{argument} must be a dict of arrays by name, not {type(values).__name__}"
        raise ArgumentTypeError(message, argument=argument)
    return {name: real_array(value, f"{argument}[{name!r}]") for name, value in values.items()}


def single_number(value: Any, argument: str) -> float:
    """One real number as a float; NaN and infinities are such.

    Args:
        value: A number, or an array of no dimension that holds one.
        argument: What the caller names it.

    Raises:
        ArgumentTypeError: It is something else, a bool or a masked place among others.
    """
    try:
        array = numeric_array(value, argument)
    except ArgumentTypeError as error:
        message = f"{argument} must be one real number of float64, not {type(value).__name__}"
        raise ArgumentTypeError(message, argument=argument) from error
    is_hidden = is_masked(array) and bool(np.ma.getmaskarray(array).any())
    if array.ndim or array.dtype.kind == "b" or is_hidden:
        came = "a masked one" if is_hidden else "bool"
        if array.ndim:
            came = f"an array of shape {array.shape}"
        message = f"{argument} must be one real number, not {came}"
        raise ArgumentTypeError(message, argument=argument)
    return float(array)


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
