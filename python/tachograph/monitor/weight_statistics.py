"""Mean, spread and largest of all weights, and how they change over an epoch."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

from tachograph._core import WeightBuffers
from tachograph._optional import require
from tachograph.exceptions import InvalidArgumentError
from tachograph.monitor.foreach import kernel
from tachograph.monitor.weight_pieces import mean_of, moved, spread_of
from tachograph.monitor.weight_tensors import WeightTensors

if TYPE_CHECKING:
    import torch

__all__ = ["WeightStatistics"]


class WeightStatistics:
    """Statistics over all parameters of a model as if they were one array.

    Everything is accumulated in float64, whatever the parameters' type: means of pieces, squares
    about each piece's own mean, and these put together as Chan, Golub and LeVeque do (1979,
    "Updating formulae and a pairwise algorithm for computing sample variances"). Weights of 1e6
    that differ by 1 so keep their spread. (The devices of Apple have no float64; there it is
    float32.)

    The parameters stay where they are; `read` fetches a handful of numbers, in one transfer, and
    is the one call that waits for the device.

    Which parameters count is said at `WeightTensors`; `n_left_out` tells how many do not.

    Example::

        statistics = WeightStatistics(model.parameters())
        statistics.mark()
        ...                                  # an epoch
        statistics.read()["weight_change"]
    """

    def __init__(self, parameters: Iterable[torch.Tensor], *, change_l2: bool = True) -> None:
        """Takes the parameters.

        Args:
            parameters: Tensors of any shapes, types and devices, as `model.parameters()` gives
                them; one that comes twice counts once.
            change_l2: Measure `weight_change_l2` too. From the first `mark` on this keeps a copy
                of the parameters on their device: for a model that fills it, say False.

        Raises:
            ArgumentTypeError: Something else than tensors.
            InvalidArgumentError: A parameter on the meta device, lazy, or spread over processes.
            MissingExtraError: PyTorch is not installed.
        """
        self._weights = WeightTensors(parameters)
        self.n_left_out = self._weights.n_left_out
        self._change_l2 = change_l2
        self._buffers = WeightBuffers()
        self._mean: torch.Tensor | float | None = None
        self._copies: dict[int, torch.Tensor] = {}  # by the id of the parameter

    def mark(self) -> None:
        """Remembers the weights as they are now, as what `read` measures change against.

        Waits for nothing.
        """
        torch = require("torch", "torch")
        with torch.no_grad():
            groups = self._weights.groups()
            if not groups:
                return
            reals = [_real(group) for group in groups]
            direct = self._buffers.spread([*chain.from_iterable(reals)])
            if direct is None:
                self._mean = mean_of(reals, self._weights.device)
            else:
                _, self._mean, _, _ = direct
            if self._change_l2:
                for group, real in zip(groups, reals, strict=True):
                    self._copy(group, real)

    def read(self) -> dict[str, float]:
        """The weights as they are now.

        Returns:
            Over all weights together:

            - `weight_mean`, `weight_std` (population) and `weight_max` (of absolute values);
            - `weight_change`, |mean - mean at the last mark|, which is 0 also for weights that
              move and keep their mean;
            - `weight_change_l2`, ||w - w at the mark|| / ||w at the mark||; inf for weights that
              were all 0 and are not any more.

            The changes are there only after a `mark`, `weight_change_l2` only if it was asked for.
            Nothing if there are no parameters.

        Raises:
            InvalidArgumentError: A parameter has another shape than at the mark.
        """
        torch = require("torch", "torch")
        with torch.no_grad():
            groups = self._weights.groups()
            if not groups:
                return {}
            reals = [_real(group) for group in groups]
            copies = None
            if self._mean is not None and self._change_l2:
                copies = [self._copies_of(*pair) for pair in zip(groups, reals, strict=True)]
            found = self._read_direct(reals, copies)
            if found is None:
                found = self._read_anywhere(reals, copies)
        return _named(found, _count(reals))

    def _read_direct(
        self, reals: Sequence[list[torch.Tensor]], copies: Sequence[list[torch.Tensor]] | None
    ) -> dict[str, float] | None:
        """The numbers behind `read`, where the core reads the weights in this process's memory."""
        weights = [*chain.from_iterable(reals)]
        spread = self._buffers.spread(weights)
        if spread is None:
            return None
        found = dict(zip(("mean", "squares", "max"), spread[1:], strict=True))
        if self._mean is not None:
            found["mean_then"] = float(self._mean)
        if copies is not None:
            norms = self._buffers.moved(weights, [*chain.from_iterable(copies)])
            if norms is None:
                return None
            found["change"], found["norm_then"] = norms
        return found

    def _read_anywhere(
        self, reals: Sequence[list[torch.Tensor]], copies: Sequence[list[torch.Tensor]] | None
    ) -> dict[str, float]:
        """The same, computed on the device where the weights are, and read with one transfer."""
        torch = require("torch", "torch")
        device = self._weights.device
        found = spread_of(reals, device)
        if self._mean is not None:
            found["mean_then"] = torch.as_tensor(self._mean).to(found["mean"])
        if copies is not None:
            found["change"], found["norm_then"] = moved(reals, copies, device)
        numbers: list[float] = torch.stack([*found.values()]).tolist()
        return dict(zip(found, numbers, strict=True))

    def _copy(self, group: Sequence[torch.Tensor], reals: Sequence[torch.Tensor]) -> None:
        torch = require("torch", "torch")
        copies = []
        for parameter, real in zip(group, reals, strict=True):
            copy = self._copies.get(id(parameter))
            if copy is None or _kind(copy) != _kind(real):
                copy = self._copies[id(parameter)] = torch.empty_like(real)
            copies.append(copy)
        kernel("copy_")(copies, list(reals))

    def _copies_of(
        self, group: Sequence[torch.Tensor], reals: Sequence[torch.Tensor]
    ) -> list[torch.Tensor]:
        """The weights of a group as they were at the mark."""
        copies = []
        for parameter, real in zip(group, reals, strict=True):
            copy = self._copies.get(id(parameter))
            if copy is None or copy.shape != real.shape:
                raise InvalidArgumentError(
                    "a parameter has another shape than at the last mark(); call mark() again: "
                    f"{None if copy is None else tuple(copy.shape)} then, {tuple(real.shape)} now",
                    argument="parameters",
                )
            copies.append(copy)
        return copies


def _named(found: dict[str, float], n: int) -> dict[str, float]:
    result = {
        "weight_mean": found["mean"],
        "weight_std": math.sqrt(found["squares"] / n),
        "weight_max": found["max"],
    }
    if "mean_then" in found:
        result["weight_change"] = abs(found["mean"] - found["mean_then"])
    if "change" in found:
        change, then = found["change"], found["norm_then"]
        nothing_then = math.inf if change else 0.0
        result["weight_change_l2"] = change / then if then else nothing_then
    return result


def _real(group: Sequence[torch.Tensor]) -> list[torch.Tensor]:
    torch = require("torch", "torch")
    return [torch.view_as_real(tensor) if tensor.is_complex() else tensor for tensor in group]


def _kind(tensor: torch.Tensor) -> tuple[Any, ...]:
    return tensor.shape, tensor.dtype, tensor.device


def _count(groups: Sequence[Sequence[torch.Tensor]]) -> int:
    return sum(tensor.numel() for group in groups for tensor in group)
