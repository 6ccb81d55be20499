"""A series as a line of block characters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import isfinite, isnan, nan

__all__ = ["ASCII", "BLOCKS", "sparkline"]

BLOCKS = "▁▂▃▄▅▆▇█"
ASCII = "_.-=+*#@"
_NOT_FINITE = "!"


def sparkline(values: Sequence[float], width: int, *, levels: str = BLOCKS) -> str:
    """At most `width` characters, each the mean of its share of the values.

    A share that holds no finite value stands as `!`. The lowest and the highest mean take the
    lowest and the highest level; a series of one height stays in the middle.

    Args:
        values: Numbers.
        width: How many characters there may be.
        levels: The characters, the lowest first.
    """
    n_values = len(values)
    n_chars = min(width, n_values)
    if not n_chars:
        return ""
    share = n_values / n_chars
    edges = [*(int(at * share) for at in range(n_chars)), n_values]
    # Scaled before they are summed: values near the largest float do not overflow.
    scale = max((abs(value) for value in values if isfinite(value)), default=0.0) or 1.0
    means = [_mean(values[start:stop], scale) for start, stop in pairwise(edges)]
    return "".join(_NOT_FINITE if index < 0 else levels[index] for index in _ranks(means, levels))


def _mean(values: Iterable[float], scale: float) -> float:
    """The mean of the finite values, in units of the scale; NaN where none is."""
    known = [value / scale for value in values if isfinite(value)]
    return sum(known) / len(known) if known else nan


def _ranks(means: Sequence[float], levels: str) -> list[int]:
    """The level of each mean; -1 for none."""
    known = [mean for mean in means if not isnan(mean)]
    if not known:
        return [-1] * len(means)
    low, high = min(known), max(known)
    if low == high:
        return [-1 if isnan(mean) else len(levels) // 2 - 1 for mean in means]
    top = len(levels) - 1
    return [-1 if isnan(mean) else round((mean - low) / (high - low) * top) for mean in means]
