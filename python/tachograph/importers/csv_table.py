"""The lines of a CSV file, whatever happened to it."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import IO

from tachograph._core import read_decompressed
from tachograph.exceptions import CorruptLogError, RecordFormatError, RunNotFoundError

__all__ = ["CsvTable", "open_table"]

# Python's own limit, 128 KiB, is less than an array in a cell may have. What is no CSV at all, or
# has a quote that is never closed, must not fill the memory.
_MAX_CELL_CHARS = 1 << 24
_MAX_LINE_CHARS = 1 << 26
_ENDINGS = ("\n", "\r")


class CsvTable:
    """A CSV file with a header, read line by line.

    Attributes:
        header: The names of the columns.
        bad_lines: Lines so far that are no row: with other cells than the header has, or with
            quotes that lead nowhere.
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
        self._reader = csv.reader(self._whole_lines(file), strict=True)
        self.header = self._read_header()
        if not self.header:
            raise RecordFormatError(f"no header: {path}", path=path)
        seen: set[str] = set()
        for name in self.header:
            if name in seen:
                raise RecordFormatError(f"two columns are called {name!r}: {path}", path=path)
            seen.add(name)

    def rows(self) -> Iterator[list[str]]:
        """The cells of each line after the header.

        Raises:
            RecordFormatError: The file is no text in UTF-8.
        """
        n_cells = len(self.header)
        while True:
            try:
                for row in self._reader:
                    if len(row) == n_cells:
                        yield row
                    elif row:  # an empty line is none
                        self.bad_lines += 1
            except csv.Error:  # the reader goes on with the next line
                self.bad_lines += 1
            else:
                return

    def chunks(self, max_rows: int) -> Iterator[list[list[str]]]:
        """The same, so many at a time."""
        rows = self.rows()
        while chunk := list(islice(rows, max_rows)):
            yield chunk

    def _read_header(self) -> list[str]:
        try:
            return next(self._reader, [])
        except csv.Error as error:
            raise self._unreadable(error) from error

    def _whole_lines(self, file: IO[str]) -> Iterator[str]:
        try:
            for line in iter(partial(file.readline, _MAX_LINE_CHARS), ""):
                if line.endswith(_ENDINGS):
                    yield line
                elif len(line) == _MAX_LINE_CHARS:
                    message = f"a line of over {_MAX_LINE_CHARS:,} characters: {self._path}"
                    raise RecordFormatError(message, path=self._path)
                else:
                    self.torn_bytes += len(line.encode())
        except (UnicodeDecodeError, EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise self._unreadable(error) from error

    def _unreadable(self, error: Exception) -> RecordFormatError:
        message = f"not a readable CSV file ({error}): {self._path}"
        return RecordFormatError(message, path=self._path)


@contextmanager
def open_table(path: Path) -> Iterator[CsvTable]:
    """Opens a CSV file; one whose name ends in ``.gz`` or ``.zst`` is unpacked.

    Raises:
        RunNotFoundError: There is no such file.
        RecordFormatError: It is no CSV file with a header.
        OSError: It cannot be read.
    """
    if not path.exists():
        raise RunNotFoundError(f"no CSV file at {path}", path=path)
    limit = csv.field_size_limit(_MAX_CELL_CHARS)
    try:
        # The signature that Windows editors put before UTF-8 is no part of the text.
        with (
            _content(path) as content,
            io.TextIOWrapper(content, encoding="utf-8-sig", newline="") as file,
        ):
            yield CsvTable(file, path)
    finally:
        csv.field_size_limit(limit)


def _content(path: Path) -> gzip.GzipFile | io.BytesIO | io.BufferedReader:
    match path.suffix.lower():
        case ".gz":
            return gzip.open(path)
        case ".zst":
            try:
                return io.BytesIO(read_decompressed(path))
            except CorruptLogError as error:
                message = f"not a readable CSV file ({error}): {path}"
                raise RecordFormatError(message, path=path) from error
    return path.open("rb")
