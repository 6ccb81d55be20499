"""The norms of steps whose gradients lie in this process's memory."""

from __future__ import annotations

import math
from typing import Final

from tachograph.analysis import StreamingTrend
from tachograph.monitor.gradient_norms import Norms

__all__ = ["KnownNorms"]

_AT_A_TIME: Final = 256  # steps


class KnownNorms:
    """Moments of norms that are numbers already, in constant memory."""

    def __init__(self) -> None:
        self._waiting: list[Norms] = []
        self._totals = StreamingTrend()
        self._means = StreamingTrend()
        self._largest = StreamingTrend()

    def add(self, norms: Norms) -> None:
        """Takes a step's norms, each gradient's among them."""
        # In the midst of a training code and data are far from the processor; many at a time cost
        # a fraction of what each would by itself.
        self._waiting.append(norms)
        if len(self._waiting) == _AT_A_TIME:
            self._fold()

    def read(self) -> tuple[list[list[float]], list[float], int]:
        """The moments so far, of global norms and of the means of single norms.

        Returns:
            The moments as of `tachograph.monitor.moments`, with no deviations of the means; the
            largest global norm and the largest single one, 0.0 of none; and how many steps are
            left out of both, since their norms are not finite.
        """
        self._fold()
        totals, n = self._totals, float(self._totals.n)
        if not n:
            return [[0.0, 0.0]] * 3, [0.0, 0.0], totals.n_nonfinite
        moments = [[n, n], [totals.mean, self._means.mean], [totals.std**2 * n, 0.0]]
        return moments, [totals.max, self._largest.max], totals.n_nonfinite

    def _fold(self) -> None:
        for total, _, each in self._waiting:
            norms = [norm for norm in each or () if norm is not None]
            if not norms:
                continue
            self._totals.push(total)
            if math.isfinite(total):
                self._means.push(math.fsum(norms) / len(norms))
                self._largest.push(max(norms))
        self._waiting.clear()
