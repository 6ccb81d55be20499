"""Arguments of the statistics: arrays as the core takes them, and numbers within their bounds."""

from __future__ import annotations

from sys import float_info
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tachograph.exceptions import ArgumentTypeError, InvalidArgumentError

__all__ = [
    "flag",
    "float_array",
    "fraction",
    "is_masked",
    "numeric_array",
    "one_dimension",
    "one_of",
    "whole_number",
]

_NUMERIC_KINDS = "fiub"
# Unions made once: these checks stand in loops.
_BOOL = bool | np.bool_
_INTEGER = int | np.integer
_REAL = int | float | np.integer | np.floating
_NARROW = np.float16 | np.float32
# What NumPy raises: RuntimeError for tensors with gradients, OverflowError for integers among
# floats that are beyond them.
_NO_ARRAY = (TypeError, ValueError, RuntimeError, OverflowError)


def float_array(values: Any, argument: str) -> NDArray[np.float64]:
    """The values as a contiguous float64 array, without a copy where they are one already.

    Args:
        values: Anything that NumPy takes as one dimension of real numbers or booleans; masked
            places become NaN. Integers beyond 2^53 become the nearest float64.
        argument: What the caller names it.

    Raises:
        ArgumentTypeError: They are not real numbers.
        InvalidArgumentError: They have another number of dimensions than one.
    """
    array = one_dimension(numeric_array(values, argument), argument)
    with np.errstate(all="ignore"):  # a longdouble that is too large becomes an infinity
        if is_masked(array):
            array = np.ma.filled(array.astype(np.float64), np.nan)
        return np.ascontiguousarray(array, dtype=np.float64)


def numeric_array(
    values: Any,
    argument: str,
    *,
    refusal: type[ArgumentTypeError | InvalidArgumentError] = ArgumentTypeError,
) -> NDArray[Any]:
    """The values as an array of their own type and shape, without a copy where they are one.

    Args:
        values: Anything that NumPy takes as real numbers or booleans.
        argument: What the caller names it.
        refusal: What to raise.

    Raises:
        ArgumentTypeError: They are not real numbers, or are ragged; or `refusal` in its place.
    """
    try:
        array = values if isinstance(values, np.ndarray) else np.asarray(values)
    except _NO_ARRAY as error:
        message = f"{argument} must be an array of real numbers: {error}"
        raise refusal(message, argument=argument) from error
    if array.dtype.kind not in _NUMERIC_KINDS:
        came = f"of {array.dtype}"
        if array.dtype.kind == "O" and not array.ndim and not isinstance(values, np.ndarray):
            came = type(values).__name__  # NumPy makes an object of what it does not know
        message = f"{argument} must be an array of real numbers, not {came}"
        raise refusal(message, argument=argument)
    return array


def is_masked(array: Any) -> bool:
    """Whether it is a masked array; NumPy loads what makes them only where one was made."""
    return type(array) is not np.ndarray and isinstance(array, np.ma.MaskedArray)


def one_dimension(array: NDArray[Any], argument: str) -> NDArray[Any]:
    """The array.

    Raises:
        InvalidArgumentError: It has another number of dimensions than one.
    """
    if array.ndim != 1:
        message = f"{argument} must have one dimension, not shape {array.shape}; flatten it first"
        raise InvalidArgumentError(message, argument=argument)
    return array


def whole_number(value: Any, argument: str, *, at_least: int) -> int:
    """The value as an int, as a count is one: 2^62 where it is more.

    Raises:
        ArgumentTypeError: It is no integer.
        InvalidArgumentError: It is too small.
    """
    if isinstance(value, _BOOL) or not isinstance(value, _INTEGER):
        message = f"{argument} must be an int, not {type(value).__name__}"
        raise ArgumentTypeError(message, argument=argument)
    if value < at_least:
        message = f"{argument} must be at least {at_least}, not {value}"
        raise InvalidArgumentError(message, argument=argument)
    return min(int(value), 2**62)


def fraction(
    value: Any,
    argument: str,
    *,
    low: float = 0.0,
    high: float = 1.0,
    takes_low: bool = False,
    takes_high: bool = False,
) -> float:
    """The value as a float between two bounds.

    Raises:
        ArgumentTypeError: It is no real number.
        InvalidArgumentError: It lies outside of them.
    """
    if isinstance(value, _BOOL) or not isinstance(value, _REAL):
        message = f"{argument} must be a float, not {type(value).__name__}"
        raise ArgumentTypeError(message, argument=argument)
    inside = low < value < high or (takes_low and value == low) or (takes_high and value == high)
    # NumPy would take the bound as one of a narrow float's own type, where it overflows.
    if not inside or (float(value) if isinstance(value, _NARROW) else value) > float_info.max:
        bounds = f"{'at least' if takes_low else 'above'} {low:g}"
        if high != float("inf"):
            bounds += f" and {'at most' if takes_high else 'below'} {high:g}"
        raise InvalidArgumentError(f"{argument} must be {bounds}, not {value}", argument=argument)
    return float(value)


def flag(value: Any, argument: str) -> bool:
    """The value as a bool; 0 and 1 stand for theirs.

    Raises:
        ArgumentTypeError: It is neither a bool nor one of these integers.
    """
    if isinstance(value, _BOOL) or (isinstance(value, _INTEGER) and value in {0, 1}):
        return bool(value)
    came = repr(value) if isinstance(value, _INTEGER) else type(value).__name__
    raise ArgumentTypeError(f"{argument} must be True or False, not {came}", argument=argument)


def one_of(value: Any, argument: str, choices: tuple[str, ...]) -> str:
    """The value if it is one of the choices.

    Raises:
        InvalidArgumentError: It is not.
    """
    if isinstance(value, str) and value in choices:
        return value
    listed = ", ".join(map(repr, choices[:-1])) + f" or {choices[-1]!r}"
    raise InvalidArgumentError(f"{argument} must be {listed}, not {value!r}", argument=argument)
