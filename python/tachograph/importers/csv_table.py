"""The lines of a CSV file, whatever happened to it."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tachograph.exceptions import RecordFormatError, RunNotFoundError

__all__ = ["CsvTable", "open_table"]

# Python's own limit, 128 KiB, is less than an array in a cell may have.
_MAX_CELL_CHARS = 1 << 28
_ENDINGS = ("\n", "\r")


class CsvTable:
    """A CSV file with a header, read line by line.

    Attributes:
        header: The names of the columns.
        bad_lines: Lines so far whose number of cells is not that of the header.
        torn_bytes: Bytes of a last line without an end, which is left out: its last number may
            lack digits.
    """

    header: list[str]
    bad_lines: int
    torn_bytes: int

    def __init__(self, file: IO[str], path: Path) -> None:
        """Reads the header.

        Raises:
            RecordFormatError: There is none, or it names a column twice.
        """
        self.bad_lines = 0
        self.torn_bytes = 0
        self._path = path
        self._rows = csv.reader(self._whole_lines(file))
        self.header = self._next_row() or []
        if not self.header:
            raise RecordFormatError(f"no header: {path}", path=path)
        twice = [name for at, name in enumerate(self.header) if name in self.header[:at]]
        if twice:
            raise RecordFormatError(f"two columns are called {twice[0]!r}: {path}", path=path)

    def rows(self) -> Iterator[list[str]]:
        """The cells of each line after the header.

        Raises:
            RecordFormatError: The file is no text in UTF-8.
        """
        while (row := self._next_row()) is not None:
            if len(row) == len(self.header):
                yield row
            elif row:  # an empty line is none
                self.bad_lines += 1

    def _next_row(self) -> list[str] | None:
        try:
            return next(self._rows, None)
        except (csv.Error, UnicodeDecodeError, EOFError, gzip.BadGzipFile) as error:
            message = f"not a readable CSV file ({error}): {self._path}"
            raise RecordFormatError(message, path=self._path) from error

    def _whole_lines(self, file: IO[str]) -> Iterator[str]:
        for line in file:
            if line.endswith(_ENDINGS):
                yield line
            else:
                self.torn_bytes += len(line.encode())


@contextmanager
def open_table(path: Path) -> Iterator[CsvTable]:
    """Opens a CSV file; one whose name ends in ``.gz`` is unpacked.

    Raises:
        RunNotFoundError: There is no such file.
        RecordFormatError: It is no CSV file with a header.
        OSError: It cannot be read.
    """
    if not path.exists():
        raise RunNotFoundError(f"no CSV file at {path}", path=path)
    limit = csv.field_size_limit(_MAX_CELL_CHARS)
    try:
        unpack = gzip.open if path.suffix.lower() == ".gz" else open
        # The signature that Windows editors put before UTF-8 is no part of the text.
        with unpack(path, "rt", encoding="utf-8-sig", newline="") as file:
            yield CsvTable(file, path)
    finally:
        csv.field_size_limit(limit)
