"""Values out of JSON, as `save` wrote them.

`save` writes what JSON has no form for as strings (``"NaN"``, ``"Infinity"``, ``"-Infinity"``) or
as objects with one key: ``__str__``, ``__bytes__``, ``__datetime__``, ``__ndarray__``,
``__dict__``. Older programs wrote bare NaN and Infinity; `json` reads those by itself.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np

__all__ = ["from_json"]

_NON_FINITE: Final = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}


def from_json(value: Any) -> Any:
    """Restores a value and everything in it.

    Args:
        value: As `json.loads` gave it.

    Raises:
        ValueError: A marked object does not hold what it says.
    """
    if isinstance(value, str):
        return _NON_FINITE.get(value, value)
    if isinstance(value, list):
        return [from_json(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        (key, content), *_ = value.items()
        if key in _MARKED:
            return _MARKED[key](content)
    return {key: from_json(item) for key, item in value.items()}


def _array(content: Any) -> np.ndarray[Any, Any]:
    dtype = np.dtype(content["dtype"])
    if dtype.kind not in "biufc":
        raise ValueError(f"an array of {dtype} is not allowed")
    flat = np.frombuffer(base64.b64decode(content["data"], validate=True), dtype=dtype)
    # frombuffer gives a view of read-only bytes; a loaded array belongs to who loaded it.
    return flat.reshape([int(extent) for extent in content["shape"]]).copy()


def _text(content: Any) -> str:
    return str(content)


def _bytes(content: Any) -> bytes:
    return base64.b64decode(content, validate=True)


def _datetime(content: Any) -> datetime:
    return datetime.fromisoformat(content).astimezone(UTC)


def _dict(content: Any) -> dict[Any, Any]:
    return {from_json(key): from_json(item) for key, item in content}


_MARKED: Final[dict[str, Callable[[Any], Any]]] = {
    "__str__": _text,
    "__bytes__": _bytes,
    "__datetime__": _datetime,
    "__ndarray__": _array,
    "__dict__": _dict,
}
