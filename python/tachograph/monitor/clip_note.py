"""The norms that gradients had before they were clipped."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tachograph.monitor.gradient_kinds import NormVector
from tachograph.monitor.gradient_norms import Norms

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["ClipNote"]


class ClipNote:
    """Norms before a clipping, and which gradients they were of.

    A step may be clipped and never made, and its gradients dropped; norms of those must not pass
    for norms of the next step's.

    Args:
        norms: The norms.
        parameters: The parameters whose gradients they are of.
    """

    def __init__(self, norms: Norms | NormVector, parameters: Sequence[Tensor]) -> None:
        self.norms = norms
        self._parameter = next((one for one in parameters if one.grad is not None), None)
        gradient = None if self._parameter is None else self._parameter.grad
        self._gradient = None if gradient is None else weakref.ref(gradient)
        self._version = -1

    def clipped(self) -> None:
        """The clipping is done: from here on, changes are somebody else's."""
        gradient = self._present()
        if gradient is not None:
            self._version = gradient._version  # noqa: SLF001 -- torch's count of writes; has no public name

    @property
    def is_current(self) -> bool:
        """Whether the gradients are still those that were clipped."""
        return self._gradient is None or self._present() is not None

    @property
    def is_untouched(self) -> bool:
        """Whether nothing has written to the gradients since they were clipped."""
        gradient = self._present()
        return gradient is not None and gradient._version == self._version  # noqa: SLF001 -- as above

    def unscale(self, scale: Tensor) -> None:
        """Divides the norms by the scale of the loss that the gradients are of."""
        if isinstance(self.norms, Norms):
            self.norms = self.norms.scaled(1.0 / float(scale))
        else:
            self.norms = self.norms._replace(values=self.norms.values / scale)

    def _present(self) -> Any:
        if self._parameter is None or self._gradient is None:
            return None
        gradient = self._gradient()
        return gradient if gradient is self._parameter.grad else None
