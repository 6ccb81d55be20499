"""Numbers as the log keeps them: a float that equals what was given, or an error."""

from __future__ import annotations

from typing import Any

import numpy as np

from tachograph.exceptions import ArgumentTypeError, InvalidArgumentError

__all__ = ["epoch_label", "exact_float", "optional_float"]

_INT64 = range(-(2**63), 2**63)


def exact_float(value: Any, argument: str) -> float:
    """Makes a float of anything that stands for exactly one number.

    Args:
        value: A Python or NumPy number, an array or tensor of one element and no axis, or an
            object with ``__float__``.
        argument: The argument's name, for the message.

    Returns:
        The float, equal to `value`; NaN stays NaN.

    Raises:
        ArgumentTypeError: `value` is no number.
        InvalidArgumentError: No float equals `value`.
    """
    if type(value) is float:
        return value
    number = _as_float(value, argument)
    if number != number or _equal(value, number):
        return number
    message = (
        f"{argument} cannot be kept exactly: no float equals the {type(value).__name__} {value!s}"
    )
    raise InvalidArgumentError(message, argument=argument)


def optional_float(value: Any, argument: str) -> float | None:
    """As `exact_float`; None stays None."""
    return None if value is None else exact_float(value, argument)


def epoch_label(value: Any, argument: str = "epoch") -> int:
    """Makes an int of an epoch label.

    Args:
        value: A Python or NumPy integer that fits 64 bits; no bool, no float.
        argument: The argument's name, for the message.

    Returns:
        The label.

    Raises:
        ArgumentTypeError: `value` is no integer.
        InvalidArgumentError: It does not fit 64 bits.
    """
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | np.integer):
        message = f"{argument} must be an int, not {_type_name(value)}"
        raise ArgumentTypeError(message, argument=argument)
    label = int(value)
    if label not in _INT64:
        message = f"{argument} must fit 64 bits, which {label} does not"
        raise InvalidArgumentError(message, argument=argument)
    return label


def _as_float(value: Any, argument: str) -> float:
    has_float = hasattr(type(value), "__float__") or hasattr(type(value), "__index__")
    if has_float and not getattr(value, "ndim", 0):
        # A tensor that takes part in a gradient warns when it is made a number; a detached one
        # does not.
        detach = getattr(value, "detach", None)
        try:
            return float(value if detach is None else detach())
        except OverflowError:
            message = f"{argument} is beyond the range of a float"
            raise InvalidArgumentError(message, argument=argument) from None
        except (TypeError, ValueError, RuntimeError):
            pass
    message = f"{argument} must be a single number, not {_type_name(value)}"
    raise ArgumentTypeError(message, argument=argument)


def _equal(value: Any, number: float) -> bool:
    # NumPy compares in its own type, which would round the float; its item() does not.
    plain = value.item() if isinstance(value, np.generic | np.ndarray) else value
    return bool(plain == number)


def _type_name(value: object) -> str:
    kind = type(value)
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"
