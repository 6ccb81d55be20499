"""Where a training computes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tachograph._optional import require
from tachograph.exceptions import InvalidArgumentError

if TYPE_CHECKING:
    import torch

__all__ = ["chosen_device"]


def chosen_device(name: str) -> torch.device:
    """The device of a name.

    Args:
        name: ``"auto"`` for the current GPU where there is one and the CPU elsewhere, or what torch
            calls a device: ``"cpu"``, ``"cuda:1"``.

    Raises:
        InvalidArgumentError: Torch knows no such device, or this machine has none.
        MissingExtraError: torch is not installed.
    """
    torch = require("torch", "torch")
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        # Torch finds out only when something is put there, and says so by any of these.
        torch.ones(1, device=device).cpu()
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = str(error).partition("\n")[0] or type(error).__name__
        message = f"device cannot be used ({reason}); 'auto' takes what is there: {name!r}"
        raise InvalidArgumentError(message, argument="device") from error
    return device
