"""The tensors of a state as one vector, so that one copy brings all of them to the host.

Integers stay integers and floats keep their bits: all are laid out as int64, which every device
has.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tachograph._optional import require

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["pack", "read_at_once", "unpacked"]


def pack(tensors: Sequence[Tensor]) -> Tensor:
    """Tensors of int64, float64 or float32 on one device as one vector of int64."""
    torch = require("torch", "torch")
    return torch.cat([_bits(tensor.reshape(-1)) for tensor in tensors])


def unpacked(packed: Tensor, like: Sequence[Tensor]) -> list[Tensor]:
    """The tensors that a vector was made of.

    Args:
        packed: The vector, anywhere.
        like: Tensors of the same shapes and types.
    """
    parts = packed.split([tensor.numel() for tensor in like])
    return [
        _values(part, tensor.dtype).view(tensor.shape)
        for part, tensor in zip(parts, like, strict=True)
    ]


def read_at_once(tensors: Sequence[Tensor]) -> list[NDArray[Any]]:
    """The tensors on the host, with one copy and so one synchronisation.

    Returns:
        An array for each, int64 or float64.
    """
    torch = require("torch", "torch")
    return [
        tensor.numpy().astype(np.int64 if tensor.dtype == torch.int64 else np.float64)
        for tensor in unpacked(pack(tensors).cpu(), tensors)
    ]


def _bits(flat: Tensor) -> Tensor:
    torch = require("torch", "torch")
    if flat.dtype == torch.float64:
        return flat.view(torch.int64)
    return flat.view(torch.int32).long() if flat.dtype == torch.float32 else flat


def _values(bits: Tensor, dtype: Any) -> Tensor:
    torch = require("torch", "torch")
    if dtype == torch.float64:
        return bits.view(torch.float64)
    return bits.int().view(torch.float32) if dtype == torch.float32 else bits
