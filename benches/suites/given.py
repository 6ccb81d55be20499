"""What an entry of a suite is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Columns = dict[str, NDArray[np.float64]]
Peer = Callable[[str], Any]


@dataclass(frozen=True)
class Sizes:
    """How much is measured.

    Attributes:
        rows: Rows of ten metrics in a table that is written or read.
        values: Values of a series whose statistics are taken.
        calls: Calls of a logger a round.
        slow_calls: The same of one that takes a millisecond or more.
        rounds: Repetitions, of which the median counts.
    """

    rows: int
    values: int
    calls: int
    slow_calls: int
    rounds: int
