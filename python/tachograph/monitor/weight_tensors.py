"""Which parameters the meters of weights read, and in which groups."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from tachograph._optional import require
from tachograph.exceptions import ArgumentTypeError, InvalidArgumentError

if TYPE_CHECKING:
    import torch

__all__ = ["WeightTensors"]


class WeightTensors:
    """The parameters of a model as a meter of weights takes them.

    Each counts once, frozen ones too. Complex ones count as their real and imaginary parts, as
    PyTorch's own optimisers take them. Left out, and counted in `n_left_out`, are those that no
    optimiser moves in small steps or that have no plain array of numbers: integers, booleans,
    8-bit floats, quantised and sparse tensors, and tensors of classes with a dispatch of their own.

    Refused is what would give a wrong number, or none: parameters on the meta device, lazy ones
    before their first batch, and those that are spread over processes (`DTensor`, the flat
    parameters of FSDP), of which this process sees only a part. Original parameters of FSDP
    (`use_orig_params=True`) look like any other: who knows the model must refuse them.

    Attributes:
        n_left_out: Parameters that are not read.
    """

    def __init__(self, parameters: Iterable[torch.Tensor]) -> None:
        """Takes the parameters.

        Args:
            parameters: Tensors of any shapes, types and devices, as `model.parameters()` gives
                them; one that comes twice counts once.

        Raises:
            ArgumentTypeError: Something else than tensors.
            InvalidArgumentError: A parameter without numbers, or with a part of them.
            MissingExtraError: PyTorch is not installed.
        """
        given = _tensors(parameters)
        for index, tensor in enumerate(given):
            _refuse_unreadable(index, tensor)
        first = {id(tensor): index for index, tensor in reversed(list(enumerate(given)))}
        self._indices = [index for index in sorted(first.values()) if _is_plain(given[index])]
        self._tensors = [given[index] for index in self._indices]
        self.n_left_out = len(first) - len(self._tensors)
        self._places: tuple[list[Any], list[Any]] = ([], [])
        self._groups: list[list[torch.Tensor]] = []

    @property
    def device(self) -> torch.device:
        """Where results are made: the first device that is not the CPU, if there is one.

        A scalar goes from the CPU to an accelerator without anyone waiting, not so back.
        """
        devices = [tensor.device for tensor in self._tensors]
        return next((device for device in devices if device.type != "cpu"), devices[0])

    def groups(self) -> list[list[torch.Tensor]]:
        """The parameters by device and type, empty ones left out.

        The same list again as long as no parameter was moved or converted, as `model.to()` does.
        """
        places = ([t.device for t in self._tensors], [t.dtype for t in self._tensors])
        if places != self._places:
            by_place: dict[Any, list[torch.Tensor]] = {}
            for index, tensor in zip(self._indices, self._tensors, strict=True):
                _refuse_unreadable(index, tensor)
                if tensor.numel():
                    by_place.setdefault((tensor.device, tensor.dtype), []).append(tensor)
            self._groups, self._places = list(by_place.values()), places
        return self._groups


def _tensors(parameters: Iterable[torch.Tensor]) -> list[torch.Tensor]:
    torch = require("torch", "torch")
    advice = "give the tensors of model.parameters()"
    if isinstance(parameters, torch.Tensor) or not isinstance(parameters, Iterable):
        found = type(parameters).__name__
        raise ArgumentTypeError(
            f"parameters holds tensors; {advice}: {found}", argument="parameters"
        )
    given = list(parameters)
    for index, tensor in enumerate(given):
        if not isinstance(tensor, torch.Tensor):
            found = type(tensor).__name__
            raise ArgumentTypeError(
                f"parameters[{index}] is no tensor; {advice}: {found}", argument="parameters"
            )
    return given


def _refuse_unreadable(index: int, tensor: torch.Tensor) -> None:
    torch = require("torch", "torch")
    if torch.nn.parameter.is_lazy(tensor):
        reason = "has no shape yet; run one batch through the model first"
    elif tensor.device.type == "meta":
        reason = f"of shape {tuple(tensor.shape)} is on the meta device and holds no numbers"
    elif _is_spread(tensor):
        kind = type(tensor).__name__
        reason = f"is a {kind}: this process holds a part of it, whose norm is not the whole one's"
    else:
        return
    raise InvalidArgumentError(f"parameters[{index}] {reason}", argument="parameters")


def _is_spread(tensor: torch.Tensor) -> bool:
    # Without this module no such tensor can exist; importing it takes longer than all the rest.
    spread: Any = getattr(sys.modules.get("torch.distributed.tensor"), "DTensor", ())
    return isinstance(tensor, spread) or getattr(tensor, "_is_flat_param", False)


def _is_plain(tensor: torch.Tensor) -> bool:
    torch = require("torch", "torch")
    return bool(
        tensor.layout == torch.strided
        and (tensor.is_floating_point() or tensor.is_complex())
        and tensor.dtype.itemsize > 1
        and not tensor.is_quantized
        and type(tensor).__torch_dispatch__ is torch.Tensor.__torch_dispatch__
    )
