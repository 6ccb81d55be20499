"""A series as a line of block characters."""

import numpy as np
from numpy.typing import NDArray

BLOCKS = "▁▂▃▄▅▆▇█"
ASCII = "_.-=+*#@"
_NOT_FINITE = "!"


def sparkline(values: NDArray[np.generic], width: int, *, levels: str = BLOCKS) -> str:
    """At most `width` characters, each the mean of its share of the values.

    A share that holds no finite value stands as `!`. The lowest and the highest mean take the
    lowest and the highest level; a series of one height stays in the middle.
    """
    if not len(values):
        return ""
    series = np.asarray(values, dtype=np.float64)
    edges = np.linspace(0, len(series), min(width, len(series)) + 1).astype(np.int64)[:-1]
    finite = np.isfinite(series)
    counts = np.add.reduceat(finite, edges, dtype=np.int64)
    # Scaled before they are summed: values near the largest float do not overflow.
    scale = np.max(np.abs(series), where=finite, initial=0.0) or 1.0
    sums = np.add.reduceat(np.where(finite, series, 0.0) / scale, edges)
    means = np.divide(sums, counts, out=np.full(len(edges), np.nan), where=counts > 0)
    return "".join(_NOT_FINITE if index < 0 else levels[index] for index in _ranks(means, levels))


def _ranks(means: NDArray[np.float64], levels: str) -> list[int]:
    """The level of each mean; -1 for none."""
    known = means[~np.isnan(means)]
    if not len(known):
        return [-1] * len(means)
    low, high = known.min(), known.max()
    if low == high:
        return [-1 if np.isnan(mean) else len(levels) // 2 - 1 for mean in means]
    top = len(levels) - 1
    return [
        -1 if np.isnan(mean) else round(float((mean - low) / (high - low)) * top) for mean in means
    ]
