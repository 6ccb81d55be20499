"""Mean, spread and largest of all weights, and how they change over an epoch."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

from tachograph._core import WeightBuffers
from tachograph._optional import require
from tachograph.exceptions import InvalidArgumentError
from tachograph.monitor.foreach import kernel
from tachograph.monitor.weight_tensors import WeightTensors

if TYPE_CHECKING:
    import torch

__all__ = ["WeightStatistics"]

# Elements that are widened to float64 at once, which bounds what is allocated for it: 16 MiB.
_PIECE = 1 << 21
# Tensors of so many elements at most are put together first: an operation costs more than they do.
_SMALL = 1 << 14


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
                sums = [_sums(list(_pieces(real))) for real in reals]
                self._mean = self._gather(sums).sum() / _count(reals)
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
                numbers = self._read_anywhere(reals, copies)
                values: list[float] = torch.stack([*numbers.values()]).tolist()
                found = dict(zip(numbers, values, strict=True))
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
            moved = self._buffers.moved(weights, [*chain.from_iterable(copies)])
            if moved is None:
                return None
            found["change"], found["norm_then"] = moved
        return found

    def _read_anywhere(
        self, reals: Sequence[list[torch.Tensor]], copies: Sequence[list[torch.Tensor]] | None
    ) -> dict[str, torch.Tensor]:
        """The same, on the device where the weights are."""
        torch = require("torch", "torch")
        pieces = [list(_pieces(real)) for real in reals]
        sums = [_sums(each) for each in pieces]
        mean = self._gather(sums).sum() / _count(reals)
        found = {
            "mean": mean,
            "squares": self._squares(pieces, sums, mean),
            "max": self._gather([_largest(each) for each in pieces]).amax(),
        }
        if self._mean is not None:
            found["mean_then"] = torch.as_tensor(self._mean).to(mean)
        if copies is not None:
            found |= self._moved(pieces, copies)
        return found

    def _gather(self, parts: Sequence[torch.Tensor]) -> torch.Tensor:
        """One-dimensional results of several devices, as one of the widest type on the first."""
        torch = require("torch", "torch")
        device = self._weights.device
        wide = _wide(device)
        return torch.cat([part.to(device, wide, non_blocking=True) for part in parts])

    def _squares(
        self,
        groups: Sequence[Sequence[torch.Tensor]],
        sums: Sequence[torch.Tensor],
        mean: torch.Tensor,
    ) -> torch.Tensor:
        """The sum of (w - mean)^2: within the pieces, and of the pieces' means about the whole."""
        torch = require("torch", "torch")
        within, between = [], []
        for pieces, sums_of_group in zip(groups, sums, strict=True):
            wide = sums_of_group.dtype
            lengths = torch.tensor([len(piece) for piece in pieces], dtype=wide)
            lengths = lengths.to(sums_of_group.device)
            means = sums_of_group / lengths
            within.append(
                torch.stack(
                    [
                        torch.linalg.vector_norm(piece.to(wide) - own).square()
                        for piece, own in zip(pieces, means.unbind(), strict=True)
                    ]
                )
            )
            between.append(lengths * (means - mean.to(means)).square())
        return self._gather([*within, *between]).sum()

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

    def _moved(
        self,
        groups: Sequence[Sequence[torch.Tensor]],
        copies: Sequence[Sequence[torch.Tensor]],
    ) -> dict[str, torch.Tensor]:
        """The norms of the change since the mark and of the weights then."""
        torch = require("torch", "torch")
        norm = torch.linalg.vector_norm
        changes, norms_then = [], []
        for pieces, copies_of_group in zip(groups, copies, strict=True):
            device = pieces[0].device
            there = [copy.to(device) for copy in copies_of_group]  # a model may have been moved
            for now, before in zip(pieces, _pieces(there), strict=True):
                then = before.to(_wide(device))
                changes.append(norm(now.to(then.dtype) - then).reshape(1))
                norms_then.append(norm(then).reshape(1))
        return {
            "change": norm(self._gather(changes)),
            "norm_then": norm(self._gather(norms_then)),
        }


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


def _wide(device: torch.device) -> Any:
    torch = require("torch", "torch")
    return torch.float32 if device.type == "mps" else torch.float64


def _kind(tensor: torch.Tensor) -> tuple[Any, ...]:
    return tensor.shape, tensor.dtype, tensor.device


def _count(groups: Sequence[Sequence[torch.Tensor]]) -> int:
    return sum(tensor.numel() for group in groups for tensor in group)


def _pieces(tensors: Iterable[torch.Tensor]) -> Iterator[torch.Tensor]:
    """All elements in one-dimensional tensors of one type; those of equal shapes are cut alike."""
    torch = require("torch", "torch")
    small: list[Any] = []
    n_small = 0
    for tensor in tensors:
        flat = tensor.reshape(-1)
        if len(flat) > min(_SMALL, _PIECE):
            yield from flat.split(_PIECE)
            continue
        if small and n_small + len(flat) > _PIECE:
            yield torch.cat(small)
            small, n_small = [], 0
        small.append(flat)
        n_small += len(flat)
    if small:
        yield torch.cat(small)


def _sums(pieces: Sequence[torch.Tensor]) -> torch.Tensor:
    torch = require("torch", "torch")
    wide = _wide(pieces[0].device)
    return torch.stack([piece.sum(dtype=wide) for piece in pieces])


def _largest(pieces: Sequence[torch.Tensor]) -> torch.Tensor:
    torch = require("torch", "torch")
    # In one pass and without a copy; the foreach kernel of the infinity norm takes twenty times as
    # long on the CPU.
    lows, highs = zip(*(torch.aminmax(piece) for piece in pieces), strict=True)
    return torch.maximum(-torch.stack(lows), torch.stack(highs))
