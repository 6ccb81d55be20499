"""Values that can be drawn."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["LARGEST", "SMALLEST", "within"]

LARGEST: Final = 1e200
"""Beyond this the arithmetic of axes and ticks overflows; what is larger is drawn here."""

SMALLEST: Final = 1e-200
"""Below this that of logarithmic axes does."""


def within(values: Any) -> NDArray[np.float64]:
    """The values, none of them larger than can be drawn; NaN stays."""
    return np.clip(np.asarray(values, dtype=np.float64), -LARGEST, LARGEST)
