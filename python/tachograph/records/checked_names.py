"""The names of columns that a caller wants."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tachograph.exceptions import ArgumentTypeError

__all__ = ["checked_names"]


def checked_names(given: Any, argument: str) -> list[str]:
    """The names as a list.

    Args:
        given: The argument, as it was given.
        argument: Its name, for the message.

    Raises:
        ArgumentTypeError: It is no list of names; a name alone is none.
    """
    if isinstance(given, str | bytes) or not isinstance(given, Iterable):
        message = f"{argument} must be a list of names, not {type(given).__name__}"
        raise ArgumentTypeError(message, argument=argument)
    names = list(given)
    for name in names:
        if not isinstance(name, str):
            message = f"{argument} must be names, not {type(name).__name__}"
            raise ArgumentTypeError(message, argument=argument)
    return names
