"""Numbers in the options of modules that are run as commands."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable

__all__ = ["real", "whole"]


def whole(at_least: int) -> Callable[[str], int]:
    """What reads an option that is an integer with a least value."""

    def read(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = None
        if number is None or number < at_least:
            message = f"must be a whole number of at least {at_least}, not {text!r}"
            raise argparse.ArgumentTypeError(message)
        return number

    return read


def real(low: float, *, above: bool = False, below: float = math.inf) -> Callable[[str], float]:
    """What reads an option that is a number from `low`, or above it, to below a limit."""

    def read(text: str) -> float:
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not low <= number < below or (above and number == low):
            bounds = f"{'above' if above else 'at least'} {low}"
            limit = "finite" if below == math.inf else f"below {below}"
            message = f"must be a number {bounds} and {limit}, not {text!r}"
            raise argparse.ArgumentTypeError(message)
        return number

    return read
