"""Arguments of an epoch, as users give them."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from tachograph._optional import require
from tachograph.exceptions import ArgumentTypeError, InvalidArgumentError
from tachograph.records.exact_number import exact_float

__all__ = ["autocast_to", "checked_bound", "checked_device"]


def autocast_to(dtype: Any, device: Any) -> AbstractContextManager[Any]:
    """`torch.autocast` to a type; None for a context that does nothing."""
    if dtype is None:
        return nullcontext()
    torch = require("torch", "torch")
    context: AbstractContextManager[Any] = torch.autocast(device.type, dtype=dtype)
    return context


def checked_device(device: Any) -> Any:
    """A torch device.

    Args:
        device: One, or its name, as ``"cuda:0"``.

    Raises:
        ArgumentTypeError: It is neither.
        InvalidArgumentError: No device has that name.
    """
    torch = require("torch", "torch")
    if isinstance(device, torch.device):
        return device
    if not isinstance(device, str):
        message = f"device must be a torch device or its name, not {type(device).__name__}"
        raise ArgumentTypeError(message, argument="device")
    try:
        return torch.device(device)
    except RuntimeError as error:
        message = f'device must be as "cpu" or "cuda:0", not {device!r}'
        raise InvalidArgumentError(message, argument="device") from error


def checked_bound(value: Any, argument: str) -> float | None:
    """A bound of a norm, above 0; None is none.

    Raises:
        ArgumentTypeError: It is no number.
        InvalidArgumentError: It is not above 0.
    """
    if value is None:
        return None
    bound = exact_float(value, argument)
    if not bound > 0:
        raise InvalidArgumentError(f"{argument} must be above 0, not {bound:g}", argument=argument)
    return bound
