"""What the methods of the visualizer are given, looked at."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tachograph.curves import Record
from tachograph.exceptions import ArgumentTypeError, InvalidArgumentError
from tachograph.plots.words import labelled, shown

__all__ = ["at_least_one", "labels_given", "listed", "names_given", "only_one"]


def at_least_one(runs: list[Record]) -> list[Record]:
    """The runs.

    Raises:
        InvalidArgumentError: There is none.
    """
    if not runs:
        message = "recorder must be at least one run, not an empty list"
        raise InvalidArgumentError(message, argument="recorder")
    return runs


def only_one(runs: list[Record]) -> Record:
    """The run, where there is one alone.

    Raises:
        InvalidArgumentError: There are others, or none.
    """
    if len(runs) == 1:
        return runs[0]
    message = (
        f"this figure shows one run, not {len(runs)}; plot_experiment_comparison shows several"
    )
    raise InvalidArgumentError(message, argument="recorder")


def names_given(given: Any, argument: str = "metrics", *, may_be_none: bool = False) -> list[str]:
    """Names of metrics; one alone may stand without a list.

    Args:
        given: What was given.
        argument: What it was given as.
        may_be_none: Whether an empty list will do.

    Raises:
        ArgumentTypeError: They are no names, or none at all.
    """
    names = [given] if isinstance(given, str) else listed(given)
    if names is None or not all(isinstance(name, str) for name in names):
        message = f"{argument} must be names of metrics, not {given!r}"
        raise ArgumentTypeError(message, argument=argument)
    if not names and not may_be_none:
        message = f"{argument} must be at least one name, not {given!r}"
        raise ArgumentTypeError(message, argument=argument)
    return names


def labels_given(
    given: Any, argument: str, n: int, *, each: str, default: str, max_chars: int
) -> list[str]:
    """Names of n things as figures show them.

    Args:
        given: What was given; None for numbers.
        argument: What it was given as.
        n: How many there must be.
        each: What has a name: ``"class"``.
        default: What stands before a number.
        max_chars: Of each name.

    Raises:
        ArgumentTypeError: They are no names.
        InvalidArgumentError: There are not as many.
    """
    if given is None:
        return [f"{default}{index}" for index in range(n)]
    names = listed(given)
    if names is None or not all(isinstance(name, str) for name in names):
        message = f"{argument} must be a list of names, not {shown(repr(given))}"
        raise ArgumentTypeError(message, argument=argument)
    if len(names) != n:
        message = f"{argument} must be {n} names, one a {each}, not {len(names)}"
        raise InvalidArgumentError(message, argument=argument)
    return [labelled(name, max_chars) for name in names]


def listed(given: Any) -> list[Any] | None:
    """What an iterable holds; None for text, and for what is no iterable."""
    if isinstance(given, str | bytes) or not isinstance(given, Iterable):
        return None
    return list(given)
