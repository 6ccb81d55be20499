"""Numbers of tensors on their way from a device to the host, which nobody waits for.

The tensors of a call are gathered on the device, one small tensor for each type of number, and
copied to pinned memory behind the work that computes them; an event says when they are there. A
device without events, or without pinned memory, keeps the gathered numbers until they are asked
for.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any

from tachograph.exceptions import UnsupportedValueError
from tachograph.recorder.graph_capture import can_relax, relaxed

__all__ = ["DeviceCopies", "begin"]


class DeviceCopies:
    """The numbers of one call's tensors."""

    def __init__(self, order: Sequence[str], parts: Sequence[_Part]) -> None:
        self._order = order
        self._parts = parts

    @property
    def tell_when_there(self) -> bool:
        """Whether `are_there` becomes true by itself; else only `values` can get them."""
        return all(part.tells_when_there for part in self._parts)

    @property
    def can_be_watched(self) -> bool:
        """Whether a thread beside the training may ask `are_there` without disturbing anything."""
        return all(part.can_be_watched for part in self._parts)

    def are_there(self) -> bool:
        """Whether `values` would return, or raise, without waiting; does not wait either."""
        return all(part.is_there() for part in self._parts)

    def values(self) -> dict[str, float | int]:
        """The numbers by name, exactly those of the tensors; waits for the device.

        Raises:
            Exception: Whatever the device failed with.
        """
        numbers: dict[str, float | int] = {}
        for part in self._parts:
            numbers.update(zip(part.names, part.numbers(), strict=True))
        return {name: numbers[name] for name in self._order}


def begin(tensors: Mapping[str, Any]) -> DeviceCopies:
    """Begins to copy tensors of no dimension to the host, without waiting for their devices.

    A change to a tensor that the device makes later does not change its copy.

    Args:
        tensors: Tensors by the names of their metrics, each on a device.

    Returns:
        The copies; those of a device that fails say so when they are asked for.

    Raises:
        UnsupportedValueError: A tensor has no real number to copy; the message names it.
    """
    groups: dict[tuple[Any, Any], dict[str, Any]] = {}
    for name, tensor in tensors.items():
        _check(name, tensor)
        groups.setdefault((tensor.device, tensor.dtype), {})[name] = tensor
    parts = [_begin_part(device, group) for (device, _), group in groups.items()]
    return DeviceCopies(tuple(tensors), parts)


class _Part:
    """Numbers of one device and one type, kept there until they are asked for."""

    tells_when_there = False
    can_be_watched = False

    def __init__(self, names: Sequence[str], gathered: Any) -> None:
        self.names = names
        self._gathered = gathered

    def is_there(self) -> bool:
        return False

    def numbers(self) -> list[float | int]:
        numbers: list[float | int] = self._gathered.cpu().tolist()
        return numbers


class _PartInFlight(_Part):
    """Numbers that are being copied to pinned memory."""

    tells_when_there = True

    def __init__(self, names: Sequence[str], gathered: Any, pinned: Any, module: Any) -> None:
        super().__init__(names, pinned)
        device = gathered.device
        self._module = module
        self._device = device
        self._is_cuda = device.type == "cuda"
        self.can_be_watched = not self._is_cuda or can_relax()
        self._thread = threading.get_ident()
        # Behind the work that computes them, on the stream that does it.
        pinned.copy_(gathered, non_blocking=True)
        self._event = module.Event()
        self._event.record(module.current_stream(device))
        self._is_there = False
        self._failure: Exception | None = None

    def is_there(self) -> bool:
        if not self._is_there:
            try:
                self._is_there = self._ask()
            except Exception as failure:  # noqa: BLE001 -- a device fails in words of its own
                self._failure, self._is_there = failure, True
        return self._is_there

    def numbers(self) -> list[float | int]:
        if not self.is_there():
            self._event.synchronize()
        if self._failure is not None:
            raise self._failure
        numbers: list[float | int] = self._gathered.tolist()
        return numbers

    def _ask(self) -> bool:
        with ExitStack() as stack:
            if threading.get_ident() != self._thread and hasattr(self._module, "device"):
                # Or this thread would be given memory on the first device, which it has no use for.
                stack.enter_context(self._module.device(self._device))
            if self._is_cuda:
                stack.enter_context(relaxed())
            return bool(self._event.query())


class _LostPart(_Part):
    """Numbers that the device failed to copy."""

    tells_when_there = True
    can_be_watched = True

    def is_there(self) -> bool:
        return True

    def numbers(self) -> list[float | int]:
        raise self._gathered


def _begin_part(device: Any, group: Mapping[str, Any]) -> _Part:
    torch = sys.modules["torch"]
    names = tuple(group)
    try:
        # The event and the stream are those of the device's module, where it has any.
        module = getattr(torch, device.type, None)
        if hasattr(module, "Event") and hasattr(module, "current_stream"):
            gathered = _gathered(torch, list(group.values()))
            pinned = _pinned(torch, gathered)
            if pinned is not None:
                return _PartInFlight(names, gathered, pinned, module)
        return _Part(names, _gathered(torch, list(group.values())).clone())
    except Exception as failure:  # noqa: BLE001 -- a device fails in words of its own
        return _LostPart(names, failure)


def _gathered(torch: Any, tensors: list[Any]) -> Any:
    detached = [tensor.detach() for tensor in tensors]
    return detached[0].reshape(1) if len(detached) == 1 else torch.stack(detached)


def _pinned(torch: Any, like: Any) -> Any | None:
    """Memory of the host that a device can write by itself; None where there is none to be had."""
    try:
        return torch.empty(like.shape, dtype=like.dtype, device="cpu", pin_memory=True)
    except RuntimeError:
        return None


def _check(name: str, tensor: Any) -> None:
    torch: Any = sys.modules.get("torch")
    kind = tensor.device.type
    if torch is None or not isinstance(tensor, torch.Tensor):
        reason = f"a {type(tensor).__name__} on {kind} is no tensor of torch; pass value.item()"
    elif tensor.dtype.is_complex:
        reason = "a complex number is none that can be kept; pass its parts, or abs(value)"
    elif hasattr(tensor, "full_tensor"):
        reason = (
            "a tensor that is spread over processes has its value on none; pass value.full_tensor()"
        )
    elif kind == "cuda" and torch.cuda.is_current_stream_capturing():
        reason = "while a graph is captured nothing is computed; log the tensor after the replay"
    else:
        return
    raise UnsupportedValueError(f'metric "{name}": {reason}', metric=name)
