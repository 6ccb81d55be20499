"""A history as a picture, or as a table where there is no matplotlib."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from tachograph.exceptions import (
    ArgumentTypeError,
    InvalidArgumentError,
    LogIOError,
    MissingExtraError,
)
from tachograph.export.target import checked_path, writing
from tachograph.nptrain.history import HISTORY_KEYS
from tachograph.nptrain.real_arrays import Floats, real_array
from tachograph.records.upward import reach

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["plot_training_curves"]

_HEADINGS = {
    "train_loss": "Train Loss",
    "val_loss": "Val Loss",
    "train_metric": "Train Metric",
    "val_metric": "Val Metric",
    "learning_rates": "LR",
    "grad_norms": "Grad Norm",
}


def plot_training_curves(
    history: Mapping[str, Any], save_path: str | os.PathLike[str] | None = None
) -> Figure | None:
    """Draws loss, metric, learning rate and gradient norm by epoch, counted from 1.

    No window is opened, and there is nothing to close: the figure is not pyplot's.

    Args:
        history: What `train_model` returned: lists of numbers by name. A list that is missing or
            empty was not recorded, and its panel says so.
        save_path: Where to write it too, in the format of the name's ending; folders are made.

    Returns:
        The figure, which a notebook shows. Without matplotlib a table is printed instead, written
        to `save_path` with the ending ``.txt``, and None is returned.

    Raises:
        ArgumentTypeError: `history` is no mapping, or `save_path` no path.
        InvalidArgumentError: A list is no list of real numbers, or `save_path` names no file or
            has an ending that no format has.
        LogIOError: `save_path` cannot be written.
    """
    lists = _checked(history)
    path = None if save_path is None else _checked_path(save_path)
    try:
        return cast("Figure", reach("plot_training_history")(lists, path))
    except MissingExtraError:
        table = "\n".join(_table(lists))
    print(table)  # noqa: T201 -- the text in place of the picture
    if path is not None:
        _write(table, path.with_suffix(".txt"))
    return None


def _checked(history: Mapping[str, Any]) -> dict[str, Floats]:
    if not isinstance(history, Mapping):
        message = f"history must be a dict of lists, not {type(history).__name__}"
        raise ArgumentTypeError(message, argument="history")
    lists = {}
    for key in HISTORY_KEYS:
        array = real_array(history.get(key, ()), f"history[{key!r}]")
        if array.ndim != 1:
            message = f"history[{key!r}] must have one dimension; its shape is {array.shape}"
            raise InvalidArgumentError(message, argument="history")
        lists[key] = array.astype(np.float64)
    return lists


def _checked_path(save_path: Any) -> Path:
    """A path with a name to write to: "" and "." have none, and a NUL stands in no name."""
    path = checked_path(save_path, "save_path")
    if not path.name or "\0" in str(path):
        message = f"save_path must name a file, not {os.fspath(save_path)!r}"
        raise InvalidArgumentError(message, argument="save_path")
    return path


def _write(table: str, path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = f"cannot make the folder: {error.strerror or error}"
        raise LogIOError(error.errno, reason, str(path.parent)) from error
    with writing(path) as out:
        out.write(f"{table}\n".encode())


def _table(lists: Mapping[str, Floats]) -> list[str]:
    """A heading and a line for each epoch; a dash where a list has no value."""
    n_epochs = max(len(values) for values in lists.values())
    rows = [["Epoch", *_HEADINGS.values()]]
    for index in range(n_epochs):
        cells = [
            f"{lists[key][index]:.6g}" if index < len(lists[key]) else "-" for key in _HEADINGS
        ]
        rows.append([str(index + 1), *cells])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    ]
