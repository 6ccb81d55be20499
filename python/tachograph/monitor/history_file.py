"""The history of a training as a JSON file: the metrics of each epoch, training and validation.

::

    {"train": [{"epoch": 1, "loss": 0.69, ...}, ...],
     "val":   [{"epoch": 1, "loss": 0.68, ...}, ...]}

Strict JSON: NaN, a metric that is not defined in an epoch, is ``null``; infinities are the strings
``"Infinity"`` and ``"-Infinity"``, as in every JSON file of this package. Needs no torch.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias

from tachograph.exceptions import (
    ArgumentTypeError,
    InvalidArgumentError,
    LogIOError,
    RecordFormatError,
    RunNotFoundError,
    UnsupportedValueError,
)
from tachograph.export.target import PathLike, checked_path, writing

__all__ = ["DEFAULT_HISTORY", "History", "read_history", "write_history"]

History: TypeAlias = dict[str, list[dict[str, Any]]]
"""Under ``"train"`` and ``"val"`` a dict of metrics for each epoch, whose `epoch` counts from 1."""

DEFAULT_HISTORY: Final = Path("checkpoints") / "training_history.json"
"""Where the training command puts it, and where others look for it."""

_SPLITS: Final = ("train", "val")
_INFINITIES: Final = {"Infinity": math.inf, "-Infinity": -math.inf}


def write_history(path: PathLike, history: Mapping[str, Sequence[Mapping[str, Any]]]) -> Path:
    """Writes a history: whole under its name, or not at all.

    Args:
        path: The file; its parents are made, an older one is replaced.
        history: Dicts of metrics, one an epoch, under ``"train"`` and ``"val"``; the latter may be
            missing. Values are numbers (also NumPy's, and tensors), text, None, and lists, arrays
            and dicts of these.

    Returns:
        The path.

    Raises:
        ArgumentTypeError: `path` is no path, or `history` has another shape.
        InvalidArgumentError: `history` has no ``"train"``.
        UnsupportedValueError: A value has no form in JSON.
        LogIOError: The file cannot be written.
    """
    target = checked_path(path)
    try:
        text = json.dumps(_document(history), indent=2, ensure_ascii=False, allow_nan=False)
    except RecursionError as error:
        raise UnsupportedValueError("lists or dicts of a metric nest too deep") from error
    try:
        with writing(target) as out:
            # Text that holds half a surrogate pair has no UTF-8; JSON's escapes take it.
            out.write(text.encode("utf-8", "backslashreplace") + b"\n")
    except LogIOError:
        raise
    except OSError as error:
        message = f"cannot write: {error.strerror or error}"
        raise LogIOError(error.errno, message, os.fspath(target)) from error
    return target


def read_history(path: PathLike) -> History:
    """Reads a history.

    Args:
        path: The file.

    Returns:
        The dicts of metrics of each epoch under ``"train"`` and ``"val"``; ``"val"`` is empty in a
        history without validation. ``null`` becomes NaN. An epoch without a number of its own gets
        that of its place, from 1.

    Raises:
        ArgumentTypeError: `path` is no path.
        RunNotFoundError: There is no such file.
        RecordFormatError: It is no history.
        LogIOError: It cannot be read.
    """
    source = checked_path(path)
    try:
        # The signature that Windows editors put before UTF-8 is no part of the text.
        content = json.loads(source.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        message = f"no history there; the training command writes one with --save-history: {source}"
        raise RunNotFoundError(message, path=source) from error
    except OSError as error:
        message = f"cannot read: {error.strerror or error}"
        raise LogIOError(error.errno, message, os.fspath(source)) from error
    except (ValueError, RecursionError) as error:
        raise RecordFormatError(f"not JSON ({error}): {source}", path=source) from error
    if not isinstance(content, dict):
        raise _no_history("an object with the keys 'train' and 'val' is expected", source)
    if "train" not in content:
        raise _no_history("it has no key 'train'", source)
    return {split: _epochs(content.get(split, []), split, source) for split in _SPLITS}


def _epochs(content: Any, split: str, source: Path) -> list[dict[str, Any]]:
    if not isinstance(content, list):
        raise _no_history(f"{split!r} is no list of epochs", source)
    epochs = []
    for place, item in enumerate(content, start=1):
        if not isinstance(item, dict):
            raise _no_history(f"epoch {place} of {split!r} is no object", source)
        epoch = item.get("epoch", place)
        if isinstance(epoch, bool) or not isinstance(epoch, int | float) or epoch % 1 != 0:
            raise _no_history(f"'epoch' in place {place} of {split!r} is no integer", source)
        epochs.append({**_restored(item), "epoch": int(epoch)})
    return epochs


def _restored(value: Any) -> Any:
    if value is None:
        return math.nan
    if isinstance(value, str):
        return _INFINITIES.get(value, value)
    if isinstance(value, list):
        return [_restored(item) for item in value]
    if isinstance(value, dict):
        return {key: _restored(item) for key, item in value.items()}
    return value


def _no_history(reason: str, source: Path) -> RecordFormatError:
    return RecordFormatError(f"not a training history, {reason}: {source}", path=source)


def _document(history: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, Any]:
    if not isinstance(history, Mapping):
        message = f"history must be a mapping of 'train' and 'val', not {type(history).__name__}"
        raise ArgumentTypeError(message, argument="history")
    if "train" not in history:
        raise InvalidArgumentError("history must have the key 'train'", argument="history")
    document: dict[str, Any] = {}
    for split in _SPLITS:
        epochs = history.get(split, [])
        if not isinstance(epochs, list | tuple) or not all(isinstance(e, Mapping) for e in epochs):
            message = f"history[{split!r}] must be a list of dicts, one an epoch"
            raise ArgumentTypeError(message, argument="history")
        document[split] = [_plain(epoch, f"{split} metrics") for epoch in epochs]
    return document


def _plain(value: Any, name: str) -> Any:
    """A value as JSON has it; `name` is that of its metric."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return _plain_float(float(value))
    if isinstance(value, Mapping):
        return {_key(key, name): _plain(item, str(key)) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, name) for item in value]
    if hasattr(value, "tolist"):  # NumPy's scalars and arrays, tensors
        listed = value.tolist()
        if isinstance(listed, list | int | float | str):
            return _plain(listed, name)
    message = (
        f"a history keeps numbers, text and lists of these, not {type(value).__name__}: {name}"
    )
    raise UnsupportedValueError(message, metric=name)


def _plain_float(value: float) -> float | str | None:
    if math.isnan(value):
        return None
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return value


def _key(key: Any, name: str) -> str:
    if isinstance(key, str):
        return key
    message = f"a metric's name must be a str, not {type(key).__name__}: {key!r} in {name}"
    raise UnsupportedValueError(message, metric=repr(key))
