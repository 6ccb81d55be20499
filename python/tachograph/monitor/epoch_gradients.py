"""The gradient norms of an epoch's steps."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from tachograph._optional import require
from tachograph.monitor.gathered_batches import GatheredBatches
from tachograph.monitor.gradient_kinds import NormVector
from tachograph.monitor.gradient_reader import GradientReader
from tachograph.monitor.known_norms import KnownNorms
from tachograph.monitor.moments import add_values, merge_moments, new_moments, wide_type
from tachograph.monitor.packed_state import read_at_once

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["EpochGradients"]


class EpochGradients:
    """Mean, spread and largest of the L2 norms of gradients, on the device until they are read.

    Args:
        parameters: Whose gradients; those without one at a step do not count in it.
    """

    def __init__(self, parameters: Iterable[Tensor]) -> None:
        self._reader = GradientReader(list(parameters), each=True)
        self._known = KnownNorms()
        self._steps = GatheredBatches(self._fold)
        self._tensors: tuple[Tensor, ...] = ()

    def measure(self) -> None:
        """Takes the gradients as they are now: after backward, unscaled, before clipping.

        Waits for no device.
        """
        found = self._reader.read()
        if isinstance(found, NormVector):
            self._steps.add(found.values)
        else:
            self._known.add(found)

    def read(self) -> dict[str, float | int]:
        """The epoch's values, with one transfer.

        Returns:
            - `grad_norm_mean`, `grad_norm_std` (population), `grad_norm_max`: over the steps, of
              the global norm, the root of the sum of all squares;
            - `grad_norm_param_mean`, `grad_norm_param_max`: of the norms of single parameters;
            - `grad_norm_nonfinite`: steps whose gradients held a NaN or an infinity; they count in
              none of the others. All others are NaN where no step is left.
        """
        torch = require("torch", "torch")
        self._steps.flush()
        moments, largest, nonfinite = self._known.read()
        if self._tensors:
            on_device, maxima, skipped = read_at_once(self._tensors)
            both = torch.tensor(moments, dtype=torch.float64)
            merge_moments(both, torch.from_numpy(on_device))
            moments = both.tolist()
            largest = [*map(max, largest, maxima.tolist())]
            nonfinite += int(skipped.item())
        (count, _), means, (squares, _) = moments
        if not count:
            means, largest = [math.nan] * 2, [math.nan] * 2
        return {
            "grad_norm_mean": means[0],
            "grad_norm_std": math.sqrt(squares / count) if count else math.nan,
            "grad_norm_max": largest[0],
            "grad_norm_nonfinite": nonfinite,
            "grad_norm_param_mean": means[1],
            "grad_norm_param_max": largest[1],
        }

    def _fold(self, norms: Tensor) -> None:
        """Adds ``[steps, parameters]``."""
        torch = require("torch", "torch")
        moments, maxima, nonfinite = self._ready(norms.device)
        with torch.no_grad():
            wide = norms.to(moments.dtype)
            total = torch.linalg.vector_norm(wide, dim=1)
            finite = total.isfinite()
            keep = torch.stack([finite, finite], 1)
            means = torch.stack([total, wide.mean(1)], 1)
            largest = torch.stack([total, wide.amax(1)], 1)
            add_values(moments, torch.where(keep, means, 0), keep.to(wide.dtype))
            torch.maximum(maxima, torch.where(keep, largest, 0).amax(0), out=maxima)
            nonfinite += (~finite).sum()

    def _ready(self, device: Any) -> tuple[Tensor, ...]:
        torch = require("torch", "torch")
        if not self._tensors:
            self._tensors = (
                new_moments(device, 2),
                torch.zeros(2, dtype=wide_type(device), device=device),
                torch.zeros(1, dtype=torch.int64, device=device),
            )
        return self._tensors
