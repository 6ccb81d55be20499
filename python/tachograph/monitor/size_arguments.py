"""Sizes and names of splits, as users give them."""

from __future__ import annotations

from typing import Any, get_args

from tachograph.exceptions import ArgumentTypeError, InvalidArgumentError
from tachograph.monitor.classification_totals import Split

__all__ = ["checked_size", "checked_split"]


def checked_size(value: Any, argument: str, *, least: int) -> int:
    """A whole number that is large enough.

    Raises:
        ArgumentTypeError: It is no integer.
        InvalidArgumentError: It is less than `least`.
    """
    if isinstance(value, bool) or not hasattr(type(value), "__index__"):
        message = f"{argument} must be an int, not {type(value).__name__}"
        raise ArgumentTypeError(message, argument=argument)
    size = value.__index__()
    if size < least:
        raise InvalidArgumentError(
            f"{argument} must be at least {least}, not {size}", argument=argument
        )
    return int(size)


def checked_split(value: Any) -> Split:
    """``"train"`` or ``"val"``.

    Raises:
        InvalidArgumentError: It is neither.
    """
    for split in get_args(Split):
        if value == split:
            return split  # type: ignore[no-any-return]  # of the literal's own values
    raise InvalidArgumentError(f'split must be "train" or "val", not {value!r}', argument="split")
