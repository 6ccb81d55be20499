"""What the methods of the visualizer are given, looked at."""

from __future__ import annotations

from typing import Any

from tachograph.curves import Record
from tachograph.exceptions import ArgumentTypeError, InvalidArgumentError

__all__ = ["at_least_one", "names_given", "only_one"]


def at_least_one(runs: list[Record]) -> list[Record]:
    """The runs.

    Raises:
        InvalidArgumentError: There is none.
    """
    if not runs:
        raise InvalidArgumentError("recorder must be at least one run, not an empty list")
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


def names_given(metrics: Any) -> list[str]:
    """Names of metrics; one alone may stand without a list.

    Raises:
        ArgumentTypeError: They are no names, or none at all.
    """
    names = [metrics] if isinstance(metrics, str) else list(metrics)
    if not names or not all(isinstance(name, str) for name in names):
        message = f"metrics must be at least one name, not {metrics!r}"
        raise ArgumentTypeError(message, argument="metrics")
    return names
