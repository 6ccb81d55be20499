"""Sums over the weights of a model on their devices, piece by piece."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from tachograph._optional import require
from tachograph.monitor.moments import wide_type

if TYPE_CHECKING:
    import torch

__all__ = ["mean_of", "moved", "spread_of"]

# Elements that are widened to float64 at once, which bounds what is allocated for it: 16 MiB.
_PIECE = 1 << 21
# Tensors of so many elements at most are put together first: an operation costs more than they do.
_SMALL = 1 << 14


def mean_of(groups: Sequence[Sequence[torch.Tensor]], device: torch.device) -> torch.Tensor:
    """The mean of all numbers, on a device and without waiting for it.

    Args:
        groups: Real tensors of any shape, none of them empty; those of one group have the same
            device and type. At least one group.
        device: Where the result is wanted.
    """
    return _mean(groups, [_sums(list(_pieces(group))) for group in groups], device)


def spread_of(
    groups: Sequence[Sequence[torch.Tensor]], device: torch.device
) -> dict[str, torch.Tensor]:
    """`mean`, `squares` (of deviations from it) and `max` (of absolute values), as `mean_of`."""
    pieces = [list(_pieces(group)) for group in groups]
    sums = [_sums(each) for each in pieces]
    mean = _mean(groups, sums, device)
    return {
        "mean": mean,
        "squares": _squares(pieces, sums, mean, device),
        "max": _gathered([_largest(each) for each in pieces], device).amax(),
    }


def moved(
    groups: Sequence[Sequence[torch.Tensor]],
    copies: Sequence[Sequence[torch.Tensor]],
    device: torch.device,
) -> tuple[torch.Tensor, torch.Tensor]:
    """The norms of what the tensors have moved by since they were the copies, and of those."""
    torch = require("torch", "torch")
    norm = torch.linalg.vector_norm
    changes, norms_then = [], []
    for group, copies_of_group in zip(groups, copies, strict=True):
        home = group[0].device
        there = [copy.to(home) for copy in copies_of_group]  # a model may have been moved
        for now, before in zip(_pieces(group), _pieces(there), strict=True):
            then = before.to(wide_type(home))
            changes.append(norm(now.to(then.dtype) - then).reshape(1))
            norms_then.append(norm(then).reshape(1))
    return norm(_gathered(changes, device)), norm(_gathered(norms_then, device))


def _mean(
    groups: Sequence[Sequence[torch.Tensor]], sums: Sequence[torch.Tensor], device: torch.device
) -> torch.Tensor:
    n = sum(tensor.numel() for group in groups for tensor in group)
    return _gathered(sums, device).sum() / n


def _gathered(parts: Sequence[torch.Tensor], device: torch.device) -> torch.Tensor:
    """One-dimensional results of several devices, as one of the widest type on one."""
    torch = require("torch", "torch")
    wide = wide_type(device)
    return torch.cat([part.to(device, wide, non_blocking=True) for part in parts])


def _squares(
    groups: Sequence[Sequence[torch.Tensor]],
    sums: Sequence[torch.Tensor],
    mean: torch.Tensor,
    device: torch.device,
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
    return _gathered([*within, *between], device).sum()


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
    wide = wide_type(pieces[0].device)
    return torch.stack([piece.sum(dtype=wide) for piece in pieces])


def _largest(pieces: Sequence[torch.Tensor]) -> torch.Tensor:
    torch = require("torch", "torch")
    # In one pass and without a copy; the foreach kernel of the infinity norm takes twenty times as
    # long on the CPU.
    lows, highs = zip(*(torch.aminmax(piece) for piece in pieces), strict=True)
    return torch.maximum(-torch.stack(lows), torch.stack(highs))
