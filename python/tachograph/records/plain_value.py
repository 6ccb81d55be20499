"""Structured values in the forms that the compiled core takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import PurePath
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any

import numpy as np

from tachograph.exceptions import InvalidArgumentError

__all__ = ["plain_mapping", "plain_value"]

# The log's own limit is 64; what a caller wraps around a value takes a few levels.
_MAX_DEPTH = 56
_AS_IS = frozenset({type(None), bool, int, float, str, bytes})
_KEYS = (str, int, float, bool, type(None))


def plain_value(value: Any, argument: str) -> Any:
    """Makes plain containers and scalars of a nested value; the original is never kept.

    Mappings, data classes and name spaces become dicts, sequences and sets become lists, an enum
    becomes its value, a path, type or function its text, a tensor an array. What has no such form
    is left to the core, which keeps the name of its type and its `str()`.

    Args:
        value: Anything.
        argument: The argument's name, for the message.

    Returns:
        The value as the core takes it.

    Raises:
        InvalidArgumentError: The value contains itself, or nests deeper than 56 levels.
    """
    return _plain(value, argument, 0)


def plain_mapping(value: Mapping[Any, Any], argument: str) -> dict[Any, Any]:
    """As `plain_value`, for a mapping."""
    return _plain_dict(value, argument, 0)


def _plain(value: Any, argument: str, depth: int) -> Any:
    if type(value) in _AS_IS:
        return value
    if depth > _MAX_DEPTH:
        message = f"{argument} contains itself, or nests deeper than {_MAX_DEPTH} levels"
        raise InvalidArgumentError(message, argument=argument)
    if isinstance(value, Enum):
        return _plain(value.value, argument, depth + 1)
    if isinstance(value, np.ndarray):
        return _plain_array(value, argument, depth)
    if isinstance(value, Mapping):
        return _plain_dict(value, argument, depth)
    if isinstance(value, list | tuple | set | frozenset):
        items = [_plain(item, argument, depth + 1) for item in value]
        # The order of a set differs between processes.
        return sorted(items, key=repr) if isinstance(value, set | frozenset) else items
    return _plain_object(value, argument, depth)


def _plain_dict(value: Mapping[Any, Any], argument: str, depth: int) -> dict[Any, Any]:
    return {
        key if isinstance(key, _KEYS) else str(key): _plain(item, argument, depth + 1)
        for key, item in value.items()
    }


def _plain_array(value: np.ndarray[Any, Any], argument: str, depth: int) -> Any:
    if value.dtype.kind in "biufc":
        return value
    return _plain(value.tolist(), argument, depth + 1)


def _plain_object(value: Any, argument: str, depth: int) -> Any:
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, type | FunctionType | BuiltinFunctionType | MethodType):
        return f"{value.__module__}.{value.__qualname__}"
    if is_dataclass(value):
        pairs = {field.name: getattr(value, field.name, None) for field in fields(value)}
        return _plain_dict(pairs, argument, depth)
    if type(value).__name__ in ("Namespace", "SimpleNamespace"):
        return _plain_dict(vars(value), argument, depth)
    if type(value).__module__.partition(".")[0] == "torch" and hasattr(value, "detach"):
        return _plain_tensor(value)
    return value if _has_text(value) else f"<{type(value).__module__}.{type(value).__qualname__}>"


def _has_text(value: object) -> bool:
    try:
        str(value)
    except Exception:  # noqa: BLE001 -- `__str__` is anybody's code
        return False
    return True


def _plain_tensor(tensor: Any) -> Any:
    host = tensor.detach().cpu()
    try:
        return host.numpy()
    except (TypeError, RuntimeError):  # NumPy has no bfloat16; float32 holds it exactly
        return host.float().numpy()
