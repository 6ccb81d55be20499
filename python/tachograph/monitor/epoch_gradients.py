"""The gradient norms of an epoch's steps."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from tachograph._optional import require
from tachograph.monitor.gathered_batches import GatheredBatches
from tachograph.monitor.gradient_kinds import NormVector
from tachograph.monitor.gradient_reader import GradientReader
from tachograph.monitor.moments import add_values, new_moments, wide_type
from tachograph.monitor.packed_state import read_at_once

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["EpochGradients"]

_MAX_KNOWN = 256  # steps whose norms are numbers already, and wait for being summed together


class EpochGradients:
    """Mean, spread and largest of the L2 norms of gradients, on the device until they are read.

    Args:
        parameters: Whose gradients; those without one at a step do not count in it.
    """

    def __init__(self, parameters: Iterable[Tensor]) -> None:
        self._reader = GradientReader(list(parameters), each=True)
        self._steps = GatheredBatches(self._fold)
        self._known: list[list[float]] = []
        self._tensors: tuple[Tensor, ...] = ()

    def measure(self) -> None:
        """Takes the gradients as they are now: after backward, unscaled, before clipping.

        Waits for no device.
        """
        found = self._reader.read()
        if isinstance(found, NormVector):
            self._steps.add(found.values)
            return
        norms = [norm for norm in found.each or () if norm is not None]
        if len(norms) != len(self._known[0] if self._known else norms):
            self._fold_known()
        if norms:
            self._known.append(norms)
        if len(self._known) == _MAX_KNOWN:
            self._fold_known()

    def read(self) -> dict[str, float | int]:
        """The epoch's values, with one transfer.

        Returns:
            - `grad_norm_mean`, `grad_norm_std` (population), `grad_norm_max`: over the steps, of
              the global norm, the root of the sum of all squares;
            - `grad_norm_param_mean`, `grad_norm_param_max`: of the norms of single parameters;
            - `grad_norm_nonfinite`: steps whose gradients held a NaN or an infinity; they count in
              none of the others. All others are NaN where no step is left.
        """
        self._steps.flush()
        self._fold_known()
        means, stds, greatest, nonfinite = [math.nan] * 2, [math.nan] * 2, [math.nan] * 2, 0
        if self._tensors:
            moments, maxima, skipped = read_at_once(self._tensors)
            nonfinite = int(skipped.item())
            count = moments[0, 0]
            if count:
                means = moments[1].tolist()
                stds = [math.sqrt(each / count) for each in moments[2].tolist()]
                greatest = maxima.tolist()
        return {
            "grad_norm_mean": means[0],
            "grad_norm_std": stds[0],
            "grad_norm_max": greatest[0],
            "grad_norm_nonfinite": nonfinite,
            "grad_norm_param_mean": means[1],
            "grad_norm_param_max": greatest[1],
        }

    def _fold_known(self) -> None:
        torch = require("torch", "torch")
        known, self._known = self._known, []
        if known:
            self._fold(torch.tensor(known, dtype=torch.float64))

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
