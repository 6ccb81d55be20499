"""How far a step of the optimiser moves the weights."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from tachograph._optional import require
from tachograph.monitor.foreach import kernel
from tachograph.monitor.global_norm import global_norm
from tachograph.monitor.weight_tensors import WeightTensors

if TYPE_CHECKING:
    import torch

__all__ = ["WeightMeter"]


class WeightMeter:
    """The norms of the weights and of their update at a step of the optimiser.

    `before` copies the parameters, because no optimiser tells its update; `after` takes the
    difference and lets the copy go. Between the two calls the device holds the parameters once
    more (half precisions in float32, so twice their size): this is when the activations are
    freed, so that the peak of the memory seldom grows. A step that is not measured costs nothing,
    which is the cheap way: measure one step in a hundred.

    Nothing here waits for the device. Gradients, random state and parameters are left alone.

    Which parameters count is said at `WeightTensors`; `n_left_out` tells how many do not.

    Example::

        meter = WeightMeter(model.parameters())
        meter.before()
        optimizer.step()
        recorder.log_step(step, meter.after())
    """

    def __init__(self, parameters: Iterable[torch.Tensor]) -> None:
        """Takes the parameters.

        Args:
            parameters: Tensors of any shapes, types and devices, as `model.parameters()` gives
                them; one that comes twice counts once.

        Raises:
            ArgumentTypeError: Something else than tensors.
            InvalidArgumentError: A parameter on the meta device, lazy, or spread over processes.
            MissingExtraError: PyTorch is not installed.
        """
        self._weights = WeightTensors(parameters)
        self.n_left_out = self._weights.n_left_out
        self._copied: tuple[list[list[torch.Tensor]], list[list[torch.Tensor]]] | None = None

    def before(self) -> None:
        """Copies the parameters; called right before the optimiser's step."""
        torch = require("torch", "torch")
        with torch.no_grad():
            groups = self._weights.groups()
            self._copied = groups, [_copies(_real(group)) for group in groups]

    def after(self) -> dict[str, torch.Tensor]:
        """Measures the step; called right after it.

        Returns:
            0-d tensors on the parameters' device, float32 (float64 where weights are):

            - `weight_norm`, the L2 norm of all weights after the step;
            - `update_norm`, that of their change in the step;
            - `update_ratio` = update_norm / weight_norm; 0 where neither is more than 0.

            Without `before`, or if the parameters were moved to another device since, only
            `weight_norm`; nothing if there are no parameters.
        """
        torch = require("torch", "torch")
        with torch.no_grad():
            groups, copied, self._copied = self._weights.groups(), self._copied, None
            if not groups:
                return {}
            device = self._weights.device
            now = [_real(group) for group in groups]
            weight_norm = global_norm(now, device)
            if copied is None or copied[0] is not groups:
                return {"weight_norm": weight_norm}
            for copies, weights in zip(copied[1], now, strict=True):
                kernel("sub_")(copies, weights)
            update_norm = global_norm(copied[1], device)
            # NaN goes through the clamp, and weights of zero that did not move have moved by 0.
            floor = torch.finfo(weight_norm.dtype).tiny
            ratio = update_norm / weight_norm.clamp_min(floor)
        return {"weight_norm": weight_norm, "update_norm": update_norm, "update_ratio": ratio}


def _real(group: Sequence[torch.Tensor]) -> Sequence[torch.Tensor]:
    if not group[0].is_complex():
        return group
    torch = require("torch", "torch")
    return [torch.view_as_real(tensor) for tensor in group]


def _copies(group: Sequence[torch.Tensor]) -> list[torch.Tensor]:
    torch = require("torch", "torch")
    # In a half precision the difference of two weights would be rounded once more.
    wide = torch.promote_types(group[0].dtype, torch.float32)
    copies = [torch.empty_like(tensor, dtype=wide) for tensor in group]
    kernel("copy_")(copies, group)
    return copies
