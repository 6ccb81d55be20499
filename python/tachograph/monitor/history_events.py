"""A training's history as an event file of TensorBoard; neither it nor torch need be installed."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tachograph.exceptions import ArgumentTypeError, UnsupportedValueError
from tachograph.export.event_file import write_scalars
from tachograph.export.target import PathLike, checked_path
from tachograph.monitor.history_file import read_history

__all__ = ["export_history_to_tensorboard"]

_NAME = "training_history"


def export_history_to_tensorboard(
    history: Mapping[str, Sequence[Mapping[str, Any]]] | PathLike, directory: PathLike
) -> Path:
    """Writes every number of a history as a scalar ``train/<key>`` or ``val/<key>`` at its epoch.

    Numbers are those of Python and of NumPy, and tensors of one value. Left out are None and NaN,
    which are gaps, truth values, which are no curves, text, and whatever has more than one value
    (`confusion_matrix`). Values are 32-bit floats, which is what TensorBoard's scalars hold. A
    history does not know when its epochs were: all have the wall time of the export. A second
    export replaces the file of the first.

    Args:
        history: Dicts of metrics, one an epoch, under ``"train"`` and ``"val"``; or the path of a
            file that `write_history` wrote. An epoch without a number of its own (`epoch`) gets
            that of its place, from 1.
        directory: The directory for ``tensorboard --logdir``; made where it is missing.

    Returns:
        The event file's path.

    Raises:
        ArgumentTypeError: An argument has the wrong type, or the history another shape.
        UnsupportedValueError: `epoch` is no integer, or a number is too large for a float.
        RunNotFoundError: There is no such history file.
        RecordFormatError: The file is no history.
        OSError: The directory cannot be written.
    """
    place = checked_path(directory, "directory")
    if isinstance(history, str | os.PathLike):
        history = read_history(history)
    if not isinstance(history, Mapping):
        message = f"history must be a mapping or a path, not {type(history).__name__}"
        raise ArgumentTypeError(message, argument="history")
    rows = [row for split in ("train", "val") for row in _rows(history.get(split, []), split)]
    return write_scalars(rows, place, _NAME)


def _rows(epochs: Any, split: str) -> Iterator[tuple[int, dict[str, float]]]:
    if not isinstance(epochs, list | tuple) or not all(isinstance(e, Mapping) for e in epochs):
        message = f"history[{split!r}] must be a list of dicts, one an epoch"
        raise ArgumentTypeError(message, argument="history")
    for place, metrics in enumerate(epochs, start=1):
        numbers = {key: _number(value, key) for key, value in metrics.items()}
        scalars = {f"{split}/{key}": n for key, n in numbers.items() if n is not None}
        yield _label(metrics.get("epoch", place)), scalars


def _label(epoch: Any) -> int:
    number = _number(epoch, "epoch")
    if number is None or not number.is_integer() or abs(number) >= 2.0**63:
        message = f"the number of an epoch must be an integer of 64 bits, not {epoch!r}"
        raise UnsupportedValueError(message, metric="epoch")
    return int(epoch)


def _number(value: Any, name: str) -> float | None:
    """The value of a scalar; None for what is none."""
    if hasattr(value, "tolist"):  # NumPy's scalars and arrays, tensors
        value = value.tolist()
        while isinstance(value, list) and len(value) == 1:
            value = value[0]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError as error:
        message = f"too large for a float: {name}"
        raise UnsupportedValueError(message, metric=name) from error
    return None if math.isnan(number) else number
