"""Small batches, gathered until the arithmetic of many of them is done at once.

A metric of a batch takes some thirty operations, each of which costs the same for eight samples
as for a thousand. A batch is therefore copied into a buffer, which costs one operation a tensor;
full buffers are folded into the totals.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tachograph._optional import require

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["GatheredBatches"]

# A buffer's limits: 512 KiB of float32 keep within a processor's cache, and 256 batches make what
# is done once for all of them cost next to nothing.
_MAX_ELEMENTS = 2**17
_MAX_BATCHES = 256


class GatheredBatches:
    """Batches of one shape in a buffer on their device; nothing is read from the device.

    Args:
        fold: What takes the batches: called with the tensors given to `add`, each with an axis in
            front that counts batches. It must not keep them.
    """

    def __init__(self, fold: Callable[..., None]) -> None:
        self._fold = fold
        self._kinds: tuple[object, ...] = ()
        self._buffers: tuple[Tensor, ...] = ()
        self._slots = 0
        self._held = 0

    @property
    def is_empty(self) -> bool:
        """Whether every batch is folded."""
        return not self._held

    def add(self, *tensors: Tensor) -> None:
        """Takes a batch.

        Args:
            tensors: Its tensors, the first one the largest. They are copied, or used up, before
                this returns, so that the caller may change them.
        """
        kinds = tuple([(tensor.shape, tensor.dtype, tensor.device) for tensor in tensors])
        if kinds != self._kinds:
            self.flush()
            self._start(kinds, tensors)
        if self._slots == 1:
            self._fold(*(tensor.detach()[None] for tensor in tensors))
            return
        at = self._held
        for buffer, tensor in zip(self._buffers, tensors, strict=True):
            buffer[at] = tensor.detach()
        self._held = at + 1
        if self._held == self._slots:
            self.flush()

    def flush(self) -> None:
        """Folds what is held."""
        held, self._held = self._held, 0
        if held:
            self._fold(*(buffer[:held] for buffer in self._buffers))

    def clear(self) -> None:
        """Forgets what is held."""
        self._held = 0

    def _start(self, kinds: tuple[object, ...], tensors: tuple[Tensor, ...]) -> None:
        torch = require("torch", "torch")
        self._kinds = kinds
        self._slots = max(1, min(_MAX_BATCHES, _MAX_ELEMENTS // max(1, tensors[0].numel())))
        self._buffers = ()
        if self._slots > 1:
            # A tensor made in inference mode could not be written to outside of it.
            with torch.inference_mode(mode=False):
                self._buffers = tuple(
                    torch.empty(
                        (self._slots, *tensor.shape), dtype=tensor.dtype, device=tensor.device
                    )
                    for tensor in tensors
                )
