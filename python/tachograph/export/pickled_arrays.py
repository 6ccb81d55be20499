"""NumPy's pickle protocol, taken apart without NumPy's own `__setstate__`.

A pickle fills a dtype or an array by calling its `__setstate__` with a state of its choice, which
NumPy checks only so far. Here placeholders take the state, and arrays are made of it afterwards,
by the public constructors, out of bytes that are really there.
"""

from __future__ import annotations

from collections import OrderedDict
from math import prod
from typing import Any

import numpy as np

__all__ = ["PickledArray", "PickledDtype", "array_from_buffer", "scalar_from_bytes", "thawed"]

_KINDS = frozenset("biufcSUO")
_ORDERS = frozenset("<>=|")


class PickledDtype:
    """Stands for a `numpy.dtype` of numbers, text or objects."""

    __slots__ = ("dtype",)

    def __init__(self, spec: Any = None, *_: Any) -> None:
        if not isinstance(spec, str):
            raise ValueError("a dtype without a plain name is not allowed")
        self.dtype: np.dtype[Any] = np.dtype(spec)
        if self.dtype.kind not in _KINDS:
            raise ValueError(f"an array of {self.dtype} is not allowed")

    def __setstate__(self, state: Any) -> None:
        _, order, *structure = state
        if order not in _ORDERS or any(part is not None for part in structure[:3]):
            raise ValueError("a dtype with fields is not allowed")
        self.dtype = self.dtype.newbyteorder(order)


class PickledArray:
    """Stands for a `numpy.ndarray` that the pickle makes empty and then fills."""

    __slots__ = ("array",)

    def __init__(self, *_: Any) -> None:
        """Makes none yet; the shape that the pickle asks for is not honoured."""
        self.array: np.ndarray[Any, Any] | None = None

    def __setstate__(self, state: Any) -> None:
        shape, dtype, is_fortran, content = state[-4:]
        if isinstance(content, list):
            self.array = _object_array(content, shape)
        else:
            self.array = array_from_buffer(content, dtype, shape, "F" if is_fortran else "C")


def array_from_buffer(content: Any, dtype: Any, shape: Any, order: Any) -> np.ndarray[Any, Any]:
    """An array of its own bytes; also NumPy's `_frombuffer`, how protocol 5 writes arrays."""
    flat = np.frombuffer(content, dtype=_plain_dtype(dtype))
    return flat.reshape(_checked_shape(shape), order=order).copy(order="K")


def scalar_from_bytes(dtype: Any, content: Any = b"") -> Any:
    """A NumPy scalar."""
    if not isinstance(content, bytes):
        raise ValueError("a scalar without bytes is not allowed")
    return np.frombuffer(content, dtype=_plain_dtype(dtype), count=1)[0]


def thawed(value: Any) -> Any:
    """The value with arrays in place of the placeholders, in it and in its containers."""
    return _thawed(value, {})


def _thawed(value: Any, done: dict[int, Any]) -> Any:
    if isinstance(value, PickledArray):
        return _thaw_array(value.array, done)
    if id(value) in done:
        return done[id(value)]
    if isinstance(value, dict):
        fresh: dict[Any, Any] = OrderedDict() if isinstance(value, OrderedDict) else {}
        done[id(value)] = fresh
        fresh.update({key: _thawed(item, done) for key, item in value.items()})
        return fresh
    if isinstance(value, list):
        items: list[Any] = []
        done[id(value)] = items
        items.extend(_thawed(item, done) for item in value)
        return items
    if isinstance(value, tuple):
        # Kept, too: a tuple of one tuple twice, nested often, would take for ever otherwise.
        done[id(value)] = tuple(_thawed(item, done) for item in value)
        return done[id(value)]
    return value


def _thaw_array(array: np.ndarray[Any, Any] | None, done: dict[int, Any]) -> np.ndarray[Any, Any]:
    if array is None:
        raise ValueError("an array was never filled")
    if array.dtype.kind == "O" and id(array) not in done:
        done[id(array)] = array
        for at, item in enumerate(array.flat):
            array.flat[at] = _thawed(item, done)
    return array


def _object_array(content: list[Any], shape: Any) -> np.ndarray[Any, Any]:
    extents = _checked_shape(shape)
    if prod(extents) != len(content):
        raise ValueError("an array's shape does not fit its content")
    array = np.empty(len(content), dtype=object)
    for at, item in enumerate(content):
        array[at] = item
    return array.reshape(extents)


def _plain_dtype(dtype: Any) -> np.dtype[Any]:
    if not isinstance(dtype, PickledDtype) or dtype.dtype.kind == "O":
        raise ValueError("bytes of objects are not allowed")
    return dtype.dtype


def _checked_shape(shape: Any) -> tuple[int, ...]:
    if not isinstance(shape, tuple) or not all(type(n) is int and n >= 0 for n in shape):
        raise ValueError("an array's shape must be a tuple of sizes")
    return shape
