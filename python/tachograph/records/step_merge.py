"""Which raw rows of the steps table are one step.

Several calls may log parts of one step (the loop, a monitor). Adjacent rows of the same step and
attempt are one merged row as long as no column has a value in two of them; where one would, a new
merged row begins.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tachograph._core import Reader

__all__ = ["merged_starts"]

# Half of a word's bits are used: so the sum of the words of up to 2^32 rows cannot wrap, and equals
# their union exactly where no bit occurs twice.
_WORD_BITS = 32


def merged_starts(reader: Reader) -> NDArray[np.int64]:
    """The raw position at which each merged row begins, in rising order.

    Args:
        reader: The run.

    Returns:
        int64[n], n merged rows; a merged row ends where the next one begins.
    """
    labels, _, attempts, _ = reader.index("steps")
    if not len(labels):
        return np.empty(0, dtype=np.int64)
    changes = (labels[1:] != labels[:-1]) | (attempts[1:] != attempts[:-1])
    starts = np.concatenate(([0], np.flatnonzero(changes) + 1)).astype(np.int64)
    if len(starts) == len(labels):
        return starts
    return _split_overlaps(starts, _present(reader, len(labels)))


def _present(reader: Reader, n_rows: int) -> NDArray[np.uint64]:
    """Bit `c % 32` of word `[row, c // 32]` says whether the row has a value in column `c`."""
    columns = [(role, name) for role, name, _ in reader.schema("steps")]
    columns += reader.extra_keys("steps")
    words = np.zeros((n_rows, -(-len(columns) // _WORD_BITS)), dtype=np.uint64)
    for at, (role, name) in enumerate(columns):
        rows = reader.column_rows("steps", role, name)
        if rows is not None:
            word, bit = divmod(at, _WORD_BITS)
            words[rows[rows < n_rows], word] |= np.uint64(1 << bit)
    return words


def _split_overlaps(starts: NDArray[np.int64], present: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Splits the groups in which a column has two values; most have none, so only those cost."""
    if not present.shape[1]:
        return starts
    sums = np.add.reduceat(present, starts, axis=0)
    unions = np.bitwise_or.reduceat(present, starts, axis=0)
    ends = np.append(starts[1:], len(present))
    extra: list[int] = []
    for group in np.flatnonzero((sums != unions).any(axis=1)):
        extra += _split(present, int(starts[group]), int(ends[group]))
    if not extra:
        return starts
    return np.sort(np.concatenate((starts, np.array(extra, dtype=np.int64))))


def _split(present: NDArray[np.uint64], start: int, end: int) -> list[int]:
    """The positions inside one group at which a row overlaps what was merged before it."""
    splits = []
    seen = present[start].copy()
    for row in range(start + 1, end):
        if np.any(seen & present[row]):
            splits.append(row)
            seen = present[row].copy()
        else:
            seen |= present[row]
    return splits
