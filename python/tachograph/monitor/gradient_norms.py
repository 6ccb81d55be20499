"""The norms of a step's gradients, once they are numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

__all__ = ["Norms", "joined"]


class Norms(NamedTuple):
    """The L2 norms of the gradients of a step.

    Attributes:
        total: The norm of all of them together; 0.0 where there is none.
        nonfinite: How many of them hold NaN or an infinity.
        each: The norm of each, None for a parameter without a gradient; None where only the total
            was asked for.
    """

    total: float
    nonfinite: int
    each: Sequence[float | None] | None = None

    @classmethod
    def of_each(cls, each: Sequence[float | None]) -> Norms:
        """The norms, from that of each gradient."""
        known = [norm for norm in each if norm is not None]
        return cls(joined(known), sum(not math.isfinite(norm) for norm in known), each)

    def scaled(self, factor: float) -> Norms:
        """The norms of the gradients times a factor, 0 or more."""
        each = self.each and [None if norm is None else norm * factor for norm in self.each]
        return Norms(self.total * factor, self.nonfinite, each)


def joined(norms: Iterable[float]) -> float:
    """The L2 norm of vectors of these L2 norms, put together; NaN where one is."""
    values = list(norms)
    # `hypot` takes an infinity for the answer even beside NaN, as IEEE 754 has it.
    return math.nan if any(map(math.isnan, values)) else math.hypot(*values)
