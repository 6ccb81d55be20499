"""Frames of the core as those of Polars, pandas and NumPy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tachograph._core import Frame
from tachograph._optional import require
from tachograph.exceptions import MissingExtraError

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

__all__ = ["to_numpy", "to_pandas", "to_polars"]

_TIMES = frozenset({"wall_time", "timestamp"})
_LEADS = 3


def to_polars(frame: Frame) -> pl.DataFrame:
    """A Polars frame, which takes the memory of the Arrow stream over.

    Raises:
        MissingExtraError: Polars is not installed, or so old that it drops rows.
    """
    polars = require("polars", "polars")
    made: pl.DataFrame = polars.DataFrame(frame)
    if made.height < len(frame):
        message = (
            f"polars {polars.__version__} reads only the first part of an Arrow stream; "
            "install a newer one with: pip install 'tachograph[polars]'"
        )
        raise MissingExtraError(message)
    return made


def to_pandas(frame: Frame) -> pd.DataFrame:
    """A pandas frame over arrays of its own.

    Raises:
        MissingExtraError: pandas is not installed.
    """
    pandas = require("pandas", "pandas")
    columns: dict[str, Any] = {}
    for name, values in to_numpy(frame).items():
        if isinstance(values, np.ma.MaskedArray):
            columns[name] = pandas.arrays.IntegerArray(values.data, values.mask)
        elif values.dtype.kind == "M":
            columns[name] = pandas.Series(values, copy=False).dt.tz_localize("UTC")
        else:
            columns[name] = pandas.Series(values, copy=False)
    made: pd.DataFrame = pandas.DataFrame(columns, copy=False)
    return made


def to_numpy(frame: Frame) -> dict[str, NDArray[Any] | np.ma.MaskedArray[Any, Any]]:
    """One array a column: NaN for absent floats, a mask for absent integers, None for text."""
    columns: dict[str, NDArray[Any] | np.ma.MaskedArray[Any, Any]] = {}
    for at, (name, values, absent) in enumerate(frame.columns()):
        if isinstance(values, list):
            texts = np.empty(len(values), dtype=object)
            texts[:] = values
            columns[name] = texts
        elif at < _LEADS and name in _TIMES:
            columns[name] = values.view("datetime64[us]")
        elif absent is not None:
            columns[name] = np.ma.MaskedArray(values, absent)
        else:
            columns[name] = values
    return columns
