"""The norms of gradients of every kind, each computed where the gradient lies."""

# ruff: noqa: SLF001 -- torch's own optimisers call `torch._foreach_norm`; it has no public name

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from tachograph._optional import require

if TYPE_CHECKING:
    from torch import Tensor

torch = require("torch", "torch")

__all__ = ["NormVector", "is_distributed", "norm_vector"]

_NARROW = frozenset({torch.float16, torch.bfloat16})

_Kind: TypeAlias = tuple[Any, Any, Any]
"""Device, type, and for a gradient in shards the groups of processes that have the others."""


class NormVector(NamedTuple):
    """The norms of some gradients, where they were computed.

    Attributes:
        values: The norms, float64 (float32 where the device has no wider), one dimension.
        members: Which gradient each is of, as its place among those that were given.
    """

    values: Tensor
    members: list[int]


def is_distributed(tensor: Tensor) -> bool:
    """Whether it lies on several processes: a DTensor, as `fully_shard` makes them."""
    return type(tensor) is not torch.Tensor and hasattr(tensor, "device_mesh")


def norm_vector(gradients: Sequence[Tensor | None]) -> NormVector | None:
    """The L2 norm of each gradient, in as few kernels as can be; nothing waits for a device.

    Half precisions are summed in float32 or wider. Of a sparse gradient the stored values count,
    duplicates added. Of one in shards every process gets the norm of the whole, for which all must
    call.

    Args:
        gradients: Tensors of any device, type and layout; None where there is none.

    Returns:
        The norms, on a device that is not the CPU if a gradient is; None without gradients.
    """
    kinds: dict[_Kind, tuple[list[Tensor], list[int]]] = {}
    for place, gradient in enumerate(gradients):
        if gradient is not None:
            local, shards = _local(gradient)
            kind = (local.device, local.dtype, shards)
            tensors, members = kinds.setdefault(kind, ([], []))
            tensors.append(local)
            members.append(place)
    if not kinds:
        return None
    devices = [device for device, _, _ in kinds]
    # Not the CPU where there is another: to be there, numbers would have to be waited for.
    device = next((device for device in devices if device.type != "cpu"), devices[0])
    wide = torch.float32 if device.type == "mps" else torch.float64
    with torch.no_grad():
        vectors = [
            _norms_of_kind(tensors, kind).to(device, wide, non_blocking=True)
            for kind, (tensors, _) in kinds.items()
        ]
        values = vectors[0] if len(vectors) == 1 else torch.cat(vectors)
    return NormVector(values, [place for _, members in kinds.values() for place in members])


def _local(gradient: Tensor) -> tuple[Tensor, Any]:
    """The numbers that lie here, dense, and the groups over which their squares are to be added."""
    if is_distributed(gradient):
        placements: Any = gradient.placements
        if any(placement.is_partial() for placement in placements):
            return gradient.full_tensor(), None
        mesh = gradient.device_mesh
        groups = tuple(
            mesh.get_group(dim)
            for dim, placement in enumerate(placements)
            if not placement.is_replicate()
        )
        return gradient.to_local(), groups or None
    if gradient.layout is torch.strided:
        return gradient, None
    if gradient.layout is torch.sparse_coo:
        return gradient.detach().coalesce().values(), None
    return gradient.values(), None


def _norms_of_kind(tensors: list[Tensor], kind: _Kind) -> Tensor:
    device, dtype, shards = kind
    # On CPUs a float32 sum of a million squares is right to four digits only.
    wide = torch.float64 if device.type == "cpu" else torch.float32
    if dtype not in _NARROW and not (device.type == "cpu" and dtype is torch.float32):
        norms = torch._foreach_norm(tensors, 2.0)
    else:
        norms = torch._foreach_norm(tensors, 2.0, dtype=wide)
    vector = torch.stack(norms)
    if shards is None:
        return vector
    squares = vector.double().square()
    for group in shards:
        torch.distributed.all_reduce(squares, group=group)
    return squares.sqrt()
