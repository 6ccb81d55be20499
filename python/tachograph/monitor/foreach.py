"""PyTorch's kernels over lists of tensors: a launch for many parameters instead of one for each."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from tachograph._optional import require

__all__ = ["kernel"]


@cache
def kernel(name: str) -> Callable[..., Any]:
    """A kernel by its name, for example ``"norm"``.

    PyTorch 2.15 has them as `torch.foreach`; the versions before, under a private name.
    """
    torch = require("torch", "torch")
    public = getattr(getattr(torch, "foreach", None), name, None)
    found: Callable[..., Any] = public or getattr(torch, f"_foreach_{name}")
    return found
