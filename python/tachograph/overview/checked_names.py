"""The names of metrics that a caller wants shown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tachograph.exceptions import ArgumentTypeError

__all__ = ["checked_names"]


def checked_names(metrics: Any) -> list[str]:
    """The names as a list.

    Args:
        metrics: The argument `metrics`, as it was given.

    Raises:
        ArgumentTypeError: It is no list of names; a name alone is none.
    """
    if isinstance(metrics, str | bytes) or not isinstance(metrics, Iterable):
        message = f"metrics must be a list of names, not {type(metrics).__name__}"
        raise ArgumentTypeError(message, argument="metrics")
    names = list(metrics)
    for name in names:
        if not isinstance(name, str):
            message = f"metrics must be names, not {type(name).__name__}"
            raise ArgumentTypeError(message, argument="metrics")
    return names
