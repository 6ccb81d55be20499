"""What streaming metrics have in common: batches in, one reading out, states of ranks merged."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol, Self

from numpy.typing import NDArray

from tachograph._optional import require
from tachograph.exceptions import ArgumentTypeError, InvalidArgumentError
from tachograph.monitor.batch_losses import N_TENSORS, BatchLosses, LossTotals
from tachograph.monitor.gathered_batches import GatheredBatches
from tachograph.monitor.moments import wide_type
from tachograph.monitor.packed_state import pack, read_at_once, unpacked

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["StreamingMetrics", "check_tensor"]


class State(Protocol):
    """Sums on a device."""

    tensors: tuple[Any, ...]

    def fold(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Adds samples; returns how many of each batch count."""

    def merge(self, other: Any) -> None:
        """Adds the samples of another."""


class DirectTotals(Protocol):
    """Sums of batches that the core reads where they lie, in this process's memory."""

    def add(self, outputs: Any, targets: Any, loss: Any = None) -> bool:
        """Takes a batch, unless it lies elsewhere, is large, or is not as it should be."""

    def arrays(self) -> Sequence[NDArray[Any]]:
        """The sums, as those of a state and of `BatchLosses`, each flat."""

    def clear(self) -> None:
        """Forgets all batches."""


class StreamingMetrics(ABC):
    """Metrics of an epoch from sums on the device; read once, at its end.

    Args:
        device: Where the sums are kept; None for where the first outputs are.
    """

    def __init__(self, device: Any = None) -> None:
        torch = require("torch", "torch")
        self._device = None if device is None else torch.device(device)
        self._states: tuple[Any, BatchLosses] | None = None
        self._batches = GatheredBatches(self._fold)
        self._direct: DirectTotals | None = None
        self._with_loss: bool | None = None

    def reset(self) -> None:
        """Forgets every sample, for the next epoch."""
        self._batches.clear()
        if self._direct is not None:
            self._direct.clear()
        self._states = None
        self._with_loss = None

    def merge(self, other: Self) -> None:
        """Adds the samples of another, which stays as it is.

        Args:
            other: Metrics of the same kind and sizes, on any device.

        Raises:
            ArgumentTypeError: It is of another kind.
            InvalidArgumentError: It was made for other sizes, or is this one itself.
        """
        if type(other) is not type(self):
            message = f"other must be {type(self).__name__}, not {type(other).__name__}"
            raise ArgumentTypeError(message, argument="other")
        if other is self:
            raise InvalidArgumentError(
                "other is these metrics themselves; their samples would count twice",
                argument="other",
            )
        if other._sizes() != self._sizes():
            message = f"other must be made with {self._sizes()}, as these, not {other._sizes()}"
            raise InvalidArgumentError(message, argument="other")
        state, losses = other._current()
        self._merge_tensors([*state.tensors, *losses.tensors])

    def merge_ranks(self, group: Any = None) -> None:
        """Makes these the metrics of all ranks, on every rank; every rank must call it.

        One collective operation, of as many bytes as the sums have.

        Args:
            group: A process group of `torch.distributed`; None for all ranks. Where it takes no
                tensors of the host (NCCL), ranks that may see no batch at all need `device`.
        """
        torch = require("torch", "torch")
        distributed = torch.distributed
        state, losses = self._current()
        tensors = [*state.tensors, *losses.tensors]
        packed = pack(tensors)
        gathered = [torch.empty_like(packed) for _ in range(distributed.get_world_size(group))]
        distributed.all_gather(gathered, packed, group=group)
        self.reset()
        for each in gathered:
            self._merge_tensors(unpacked(each, tensors))

    def _add_direct(self, outputs: Any, targets: Any, loss: Any) -> bool:
        """Takes a batch as it comes, where the core can; one that is wrong it leaves alone."""
        with_loss = loss is not None
        if self._direct is None or self._with_loss not in (None, with_loss):
            return False
        if not self._direct.add(outputs, targets, loss):
            return False
        self._with_loss = with_loss
        return True

    def _add(self, outputs: Tensor, targets: Tensor, loss: Tensor | None) -> None:
        """Takes a batch, checked already."""
        if not targets.numel():
            return
        device = self._home(outputs)
        tensors = (outputs, targets) if loss is None else (outputs, targets, loss)
        if any(tensor.device != device for tensor in tensors):
            # What arrives on the host without blocking may be read before it is there.
            free = device.type != "cpu"
            tensors = tuple(tensor.to(device, non_blocking=free) for tensor in tensors)
        self._batches.add(*tensors)

    def _checked_loss(self, loss: Any, outputs: Tensor) -> Tensor | None:
        torch = require("torch", "torch")
        if self._with_loss is None:
            self._with_loss = loss is not None
        elif self._with_loss != (loss is not None):
            message = "loss must be given with every batch of an epoch, or with none"
            raise InvalidArgumentError(message, argument="loss")
        if loss is None:
            return None
        if not torch.is_tensor(loss):
            if isinstance(loss, bool) or not isinstance(loss, int | float):
                message = f"loss must be a tensor or a number, not {type(loss).__name__}"
                raise ArgumentTypeError(message, argument="loss")
            return torch.full((), loss, dtype=wide_type(outputs.device), device=outputs.device)
        if loss.numel() != 1:
            message = (
                f"loss must be one value, the mean over the batch, not of shape {list(loss.shape)}"
            )
            raise InvalidArgumentError(message, argument="loss")
        return loss if not loss.ndim else loss.reshape(())

    def _home(self, outputs: Tensor) -> Any:
        if self._device is None:
            return outputs.device if self._states is None else self._states[0].tensors[0].device
        return self._device

    def _fold(self, outputs: Tensor, targets: Tensor, losses: Tensor | None = None) -> None:
        torch = require("torch", "torch")
        state, batch_losses = self._ready(outputs.device)
        with torch.no_grad():
            counts = state.fold(outputs, targets)
            if losses is not None:
                batch_losses.fold(losses, counts)

    def _ready(self, device: Any) -> tuple[Any, BatchLosses]:
        torch = require("torch", "torch")
        if self._states is None:
            # Tensors made in inference mode could not be written to outside of it.
            with torch.inference_mode(mode=False):
                self._states = (self._new_state(device), BatchLosses(device))
        return self._states

    def _current(self) -> tuple[Any, BatchLosses]:
        """The states, with every batch in them."""
        torch = require("torch", "torch")
        self._batches.flush()
        if self._direct is not None and self._with_loss is not None:
            arrays = self._direct.arrays()
            self._direct.clear()
            self._merge_tensors([torch.from_numpy(array) for array in arrays])
        return self._ready(self._device or torch.device("cpu"))

    def _merge_tensors(self, tensors: list[Tensor]) -> None:
        """Adds the sums of others; each tensor may be flat."""
        torch = require("torch", "torch")
        self._batches.flush()
        state, losses = self._ready(self._device or tensors[0].device)
        device = losses.tensors[0].device
        with torch.inference_mode(mode=False):
            others = self._new_state(device), BatchLosses(device)
        for mine, theirs in zip((*others[0].tensors, *others[1].tensors), tensors, strict=True):
            mine.copy_(theirs.view(mine.shape))
        with torch.no_grad():
            state.merge(others[0])
            losses.merge(others[1])

    def _read(self) -> tuple[list[Any], LossTotals]:
        """The state's arrays on the host, and what the losses come to: one copy for both."""
        arrays: list[Any]
        if self._direct is not None and self._states is None and self._batches.is_empty:
            arrays = list(self._direct.arrays())
        else:
            state, losses = self._current()
            arrays = read_at_once([*state.tensors, *losses.tensors])
        return arrays[:-N_TENSORS], LossTotals.read(*arrays[-N_TENSORS:])

    @abstractmethod
    def _new_state(self, device: Any) -> State:
        """A state without samples."""

    @abstractmethod
    def _sizes(self) -> str:
        """What another must share to be merged, as text for messages."""


def check_tensor(value: object, argument: str) -> None:
    """Raises ArgumentTypeError unless the value is a tensor."""
    torch = require("torch", "torch")
    if not torch.is_tensor(value):
        message = f"{argument} must be a torch tensor, not {type(value).__name__}"
        raise ArgumentTypeError(message, argument=argument)
