"""Count, mean and sum of squared deviations of values that come in parts.

Parts are merged as in Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for
computing sample variances" (1979), which loses nothing where the mean is large beside the spread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tachograph._optional import require

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["add_values", "merge_moments", "new_moments", "wide_type"]


def wide_type(device: Any) -> Any:
    """The widest type of floats that a device computes with: float64, but float32 on MPS."""
    torch = require("torch", "torch")
    return torch.float32 if device.type == "mps" else torch.float64


def new_moments(device: Any, *shape: int) -> Tensor:
    """The moments of no values, ``[3, *shape]``: counts, means, sums of squared deviations."""
    torch = require("torch", "torch")
    return torch.zeros((3, *shape), dtype=wide_type(device), device=device)


def add_values(moments: Tensor, values: Tensor, keep: Tensor) -> None:
    """Adds values to moments, in place and without reading from the device.

    Args:
        moments: ``[3, *shape]``.
        values: ``[n, *shape]``, of the moments' type; finite.
        keep: ``[n, *shape]`` of the moments' type: 1 for values that count, 0 for others.
    """
    torch = require("torch", "torch")
    count = keep.sum(0)
    mean = (values * keep).sum(0) / count.clamp(min=1)
    squares = ((values - mean) * keep).square().sum(0)
    merge_moments(moments, torch.stack([count, mean, squares]))


def merge_moments(moments: Tensor, others: Tensor) -> None:
    """Adds the moments of other values, in place.

    Args:
        moments: ``[3, *shape]``.
        others: ``[3, *shape]``.
    """
    torch = require("torch", "torch")
    count, mean, squares = moments
    other_count, other_mean, other_squares = others
    total = count + other_count
    share = other_count / total.clamp(min=1)
    apart = other_mean - mean
    merged = [
        total,
        mean + apart * share,
        squares + other_squares + apart.square() * count * share,
    ]
    moments.copy_(torch.stack(merged))
