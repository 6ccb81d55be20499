"""Numbers of a row that are still on a device."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Deferred", "Row"]

Row: TypeAlias = dict[str, float]


class Deferred(NamedTuple):
    """Numbers that come later, and what is done with them then.

    Attributes:
        values: One dimension, on any device.
        take: Called with the row and the numbers, once they are on the host.
    """

    values: Tensor
    take: Callable[[Row, list[float]], None]
