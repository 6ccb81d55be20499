"""Equality of recorded values: arrays by type, shape and content, NaN equal to NaN."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

__all__ = ["same_value"]


def same_value(first: Any, second: Any) -> bool:
    """Whether two recorded values are the same record of something.

    Unlike ``==``, NaN equals NaN (nothing else can be said of a loss that was NaN twice), and
    arrays give one answer.
    """
    if isinstance(first, np.ndarray) or isinstance(second, np.ndarray):
        return _same_array(first, second)
    if isinstance(first, Mapping) and isinstance(second, Mapping):
        return first.keys() == second.keys() and all(
            same_value(value, second[key]) for key, value in first.items()
        )
    if isinstance(first, list | tuple) and isinstance(second, list | tuple):
        return len(first) == len(second) and all(map(same_value, first, second))
    if _is_nan(first) and _is_nan(second):
        return True
    return bool(first == second)


def _same_array(first: Any, second: Any) -> bool:
    if not (isinstance(first, np.ndarray) and isinstance(second, np.ndarray)):
        return False
    if first.dtype != second.dtype or first.shape != second.shape:
        return False
    if first.dtype.kind == "O":
        return all(map(same_value, first.flat, second.flat))
    return bool(np.array_equal(first, second, equal_nan=first.dtype.kind in "fc"))


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and value != value
