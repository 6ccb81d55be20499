"""Pickles of built-in and NumPy types only, and a reader that takes no others.

A pickle is a program. The reader here runs only those that call a short list of constructors, each
replaced by a version that cannot do anything else; even so, take pickles from people you trust.
"""

from __future__ import annotations

import os
import pickle
from collections import OrderedDict
from collections.abc import Callable
from datetime import date, datetime, time, timedelta, timezone
from pathlib import Path
from typing import Any, Final

from tachograph.exceptions import RecordFormatError
from tachograph.export.pickled_arrays import (
    PickledArray,
    PickledDtype,
    array_from_buffer,
    scalar_from_bytes,
    thawed,
)
from tachograph.export.target import writing

__all__ = ["read_pickle", "write_pickle"]

# Protocol 4 is read by every Python since 3.4, and keeps arrays in one piece.
_PROTOCOL: Final = 4


def write_pickle(path: Path, content: object) -> None:
    """Writes a pickle beside the target and renames it over the target.

    Args:
        path: The file; parent directories are made.
        content: Built-in containers and scalars, datetimes, NumPy arrays.

    Raises:
        LogIOError: The file cannot be written.
    """
    with writing(path) as output:
        pickle.dump(content, output, protocol=_PROTOCOL)


def read_pickle(path: str | os.PathLike[str]) -> Any:
    """Reads a pickle of built-in and NumPy types.

    Raises:
        RecordFormatError: It is damaged, or names anything else.
        OSError: It cannot be read.
    """
    with Path(path).open("rb") as file:
        try:
            return thawed(_Unpickler(file, str(path)).load())
        except RecordFormatError:
            raise
        except Exception as error:  # a damaged pickle can raise anything at all
            reason = str(error) or type(error).__name__
            raise RecordFormatError(
                f"not a readable pickle ({reason}): {path}", path=path
            ) from error


class _Unpickler(pickle.Unpickler):
    """Finds only what is on the list."""

    def __init__(self, file: Any, path: str) -> None:
        super().__init__(file)
        self._path = path

    def find_class(self, module: str, name: str) -> Any:
        try:
            return _ALLOWED[module, name]
        except KeyError:
            message = (
                f"the pickle asks for {module}.{name}, which a training record has no use for; "
                f"nothing was run: {self._path}"
            )
            raise RecordFormatError(message, path=self._path) from None

    def persistent_load(self, _pid: Any) -> Any:
        message = f"the pickle refers to an object outside itself: {self._path}"
        raise RecordFormatError(message, path=self._path)


class _ArrayKind:
    """Stands for `numpy.ndarray`, which a pickle may name but not call."""


def _bytes(content: Any = b"", *encoding: Any) -> bytes:
    """`bytes`, but a number, which would ask for that many zeros, is refused."""
    if isinstance(content, int):
        raise ValueError("bytes of a size are not allowed")
    return bytes(content, *encoding)


def _bytearray(content: Any = b"", *encoding: Any) -> bytearray:
    """`bytearray`, as `_bytes`."""
    return bytearray(_bytes(content, *encoding))


def _empty_array(kind: Any, *_: Any) -> PickledArray:
    """`numpy._core.multiarray._reconstruct`: an array that the pickle's next step fills."""
    if kind is not _ArrayKind:
        raise ValueError("only plain arrays are allowed")
    return PickledArray()


def _encode(text: str, encoding: str = "latin1", *_: Any) -> bytes:
    """`_codecs.encode`: how protocol 2 writes bytes."""
    if encoding not in ("latin1", "latin-1"):
        raise ValueError(f"encoding {encoding!r} is not allowed")
    return text.encode("latin-1")


_BUILTINS = (bool, complex, dict, float, frozenset, int, list, set, str, tuple)

_Allowed = dict[tuple[str, str], Callable[..., Any]]


def _allowed() -> _Allowed:
    table: _Allowed = {}
    for home in ("builtins", "__builtin__"):
        table |= {(home, kind.__name__): kind for kind in _BUILTINS}
        table |= {(home, "bytes"): _bytes, (home, "bytearray"): _bytearray}
    table |= {
        ("datetime", kind.__name__): kind for kind in (date, datetime, time, timedelta, timezone)
    }
    table["collections", "OrderedDict"] = OrderedDict
    table["_codecs", "encode"] = _encode
    table["numpy", "dtype"] = PickledDtype
    table["numpy", "ndarray"] = _ArrayKind
    # NumPy 1 calls its core `numpy.core`, NumPy 2 `numpy._core`; each reads the other's pickles.
    for core in ("numpy.core", "numpy._core"):
        table[f"{core}.multiarray", "_reconstruct"] = _empty_array
        table[f"{core}.multiarray", "scalar"] = scalar_from_bytes
        table[f"{core}.numeric", "_frombuffer"] = array_from_buffer
    return table


_ALLOWED: Final = _allowed()
