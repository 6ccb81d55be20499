"""The losses of batches: their mean over samples, their spread over batches."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tachograph._optional import require
from tachograph.monitor.moments import add_values, merge_moments, new_moments, wide_type

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["N_TENSORS", "BatchLosses", "LossTotals"]

N_TENSORS = 2  # of `BatchLosses`


@dataclass(frozen=True)
class LossTotals:
    """What is known of the losses, on the host.

    Attributes:
        batches: Batches that came with a loss; where there are none, no other value means much.
        mean: The mean of the batch losses, each weighted with its samples; not finite where one
            of them is not, NaN without samples.
        batch_std: The population standard deviation of the finite batch losses, NaN without any.
        nonfinite: Batches whose loss is NaN or infinite.
    """

    batches: int
    mean: float
    batch_std: float
    nonfinite: int

    @classmethod
    def read(cls, sums: NDArray[np.float64], moments: NDArray[np.float64]) -> LossTotals:
        """From the arrays of `BatchLosses.tensors`."""
        weighted, weight, nonfinite, batches = sums.tolist()
        count, _, squares = moments.tolist()
        return cls(
            batches=int(batches),
            mean=weighted / weight if weight else math.nan,
            batch_std=math.sqrt(squares / count) if count else math.nan,
            nonfinite=int(nonfinite),
        )


class BatchLosses:
    """The sums behind `LossTotals`, on the device.

    Attributes:
        tensors: Sums (weighted losses, weights, non-finite batches, batches), and the moments of
            the finite batch losses.
    """

    def __init__(self, device: Any) -> None:
        torch = require("torch", "torch")
        self._sums = torch.zeros(4, dtype=wide_type(device), device=device)
        self._moments = new_moments(device)
        self.tensors = (self._sums, self._moments)

    def fold(self, losses: Tensor, weights: Tensor) -> None:
        """Adds batches.

        Args:
            losses: ``[batches]``, the mean over a batch's samples.
            weights: ``[batches]`` of integers: the samples that it is the mean of. A batch of none
                says nothing; its loss is 0/0.
        """
        torch = require("torch", "torch")
        losses = losses.to(self._sums.dtype)
        counted = weights > 0
        finite = losses.isfinite()
        weighted = torch.where(counted, losses * weights, 0)
        parts = [weighted, weights, counted & ~finite, torch.ones_like(counted)]
        self._sums += torch.stack([part.sum(dtype=self._sums.dtype) for part in parts])
        keep = (counted & finite).to(losses.dtype)
        add_values(self._moments, torch.where(finite, losses, 0), keep)

    def merge(self, other: BatchLosses) -> None:
        """Adds the batches of another."""
        self._sums += other._sums
        merge_moments(self._moments, other._moments)
