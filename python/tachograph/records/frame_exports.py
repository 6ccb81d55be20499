"""What can be had as a data frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import polars as pl
    from numpy.typing import NDArray

    from tachograph._core import Frame

__all__ = ["FrameExports"]


class FrameExports:
    """Arrow, Polars, pandas and NumPy of rows and columns that a class names.

    Each call takes the run as it is at that moment. The columns are those of `export_to_csv`;
    docs/frames.md says of what types they are.
    """

    __slots__ = ()

    def _frame(self) -> Frame:
        """The rows and columns as they are now."""
        raise NotImplementedError

    def __arrow_c_schema__(self) -> object:
        """The columns and their types, as a PyCapsule of the Arrow C data interface."""
        return self._frame().__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """The rows as a PyCapsule of the Arrow C stream interface, a fresh one at each call.

        Args:
            requested_schema: A capsule with the same columns in other types: integers of any width
                and as floats that equal them, floats as float32, times in any unit, text of either
                size or as views.

        Raises:
            ArgumentTypeError: (a TypeError) It is no capsule of a schema.
            InvalidArgumentError: (a ValueError) It has other columns, or types that a
                column cannot have.
        """
        return self._frame().__arrow_c_stream__(requested_schema)

    def to_polars(self) -> pl.DataFrame:
        """A Polars frame, which shares the memory of the columns that were read.

        Raises:
            MissingExtraError: Polars is not installed, or so old that it drops rows.
        """
        from tachograph.export.data_frame import to_polars

        return to_polars(self._frame())

    def to_pandas(self) -> pd.DataFrame:
        """A pandas frame: float64 with NaN where absent, Int64 where an integer is absent.

        Raises:
            MissingExtraError: pandas is not installed.
        """
        from tachograph.export.data_frame import to_pandas

        return to_pandas(self._frame())

    def to_numpy(self) -> dict[str, NDArray[Any] | np.ma.MaskedArray[Any, Any]]:
        """One array a column, by name; all equally long, and the caller's own.

        Returns:
            int64, or a masked array of it where a row has no integer; float64 with NaN where
            absent; bool; datetime64[us] (UTC); object arrays of str or None.
        """
        from tachograph.export.data_frame import to_numpy

        return to_numpy(self._frame())
