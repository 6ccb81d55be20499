"""Windows of real recordings: a directory of NumPy files, and a CSV file with their labels.

::

    recordings/
      annotations.csv      file,label
      chb01_03_0001.npy    chb01_03_0001.npy,0
      chb01_03_0002.npz    chb01_03_0002.npz,1

A file is one window, [channels, samples] of real numbers: `.npy`, or `.npz` with a single array.
"""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tachograph.exceptions import InvalidArgumentError, LogIOError

__all__ = ["ANNOTATIONS", "Recordings", "read_recordings"]

ANNOTATIONS = "annotations.csv"
"""The name of the labels' file in a directory of recordings."""

_COLUMNS = ("file", "label")
_REAL = "iuf"


@dataclass(frozen=True, slots=True)
class Recordings:
    """A data set of windows that are read as they are asked for.

    Attributes:
        files: One of each window.
        labels: The class of each window, int64.
        shape: Channels and samples of each.
    """

    files: tuple[Path, ...]
    labels: NDArray[np.int64]
    shape: tuple[int, int]

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, index: int) -> tuple[NDArray[np.float32], int]:
        """A window [channels, samples], each channel with mean 0 and variance 1, and its class.

        Amplifiers differ in units and offsets; a channel that is constant becomes 0.

        Raises:
            InvalidArgumentError: The file holds no such window, or NaN or infinities.
            LogIOError: It cannot be read.
        """
        file = self.files[index]
        raw = _loaded(file)
        _check_form(raw, self.shape, file)
        window = raw.astype(np.float64)
        if not np.isfinite(window).all():
            message = f"a window must not hold NaN or infinities: {file}"
            raise InvalidArgumentError(message, argument="data_dir")
        centred = window - window.mean(axis=1, keepdims=True)
        deviation = centred.std(axis=1, keepdims=True)
        scaled = np.divide(centred, deviation, out=np.zeros_like(centred), where=deviation > 0)
        return scaled.astype(np.float32), int(self.labels[index])


def read_recordings(
    data_dir: Path, annotations: Path | None, shape: tuple[int, int], max_files: int | None
) -> Recordings:
    """Looks at the labels and at every file's shape.

    Args:
        data_dir: The directory of the files.
        annotations: The CSV file; None for ``annotations.csv`` in the directory.
        shape: Channels and samples that each window must have.
        max_files: At most so many, the first ones of the CSV file; None for all.

    Raises:
        InvalidArgumentError: Something is missing or of another form; the message says where.
        LogIOError: A file cannot be read.
    """
    if not data_dir.is_dir():
        message = f"data_dir must be a directory of recordings: {data_dir}"
        raise InvalidArgumentError(message, argument="data_dir")
    table = data_dir / ANNOTATIONS if annotations is None else annotations
    rows = _annotated(table)[:max_files]
    if not rows:
        message = f"annotations must name at least one file: {table}"
        raise InvalidArgumentError(message, argument="annotations")
    files = tuple(_within(data_dir, name, table) for name, _ in rows)
    for file in files:
        # Of a .npy file only the header is read.
        _check_form(_loaded(file, lazily=True), shape, file)
    return Recordings(files, np.array([label for _, label in rows], dtype=np.int64), shape)


def _annotated(table: Path) -> list[tuple[str, int]]:
    try:
        with table.open(newline="", encoding="utf-8-sig") as lines:
            reader = csv.DictReader(lines, skipinitialspace=True)
            missing = [name for name in _COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                raise _unusable(f"there is no column {missing[0]!r}", table)
            return [_row(row, reader.line_num, table) for row in reader]
    except OSError as error:
        message = f"cannot read: {error.strerror or error}"
        raise LogIOError(error.errno, message, os.fspath(table)) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise _unusable(str(error), table) from error


def _row(row: dict[str, str | None], line: int, table: Path) -> tuple[str, int]:
    name, label = row["file"], row["label"]
    if not name or label is None:
        raise _unusable(f"line {line} does not have a file and a label", table)
    if not (label.isascii() and label.strip().isdigit() and len(label) < 10):  # noqa: PLR2004 -- digits
        raise _unusable(f"the label in line {line} is no class (0, 1, ...), but {label!r}", table)
    return name, int(label)


def _unusable(reason: str, table: Path) -> InvalidArgumentError:
    message = f"annotations must be CSV with the columns file,label; {reason}: {table}"
    return InvalidArgumentError(message, argument="annotations")


def _within(data_dir: Path, name: str, table: Path) -> Path:
    """The file of a name; annotations from elsewhere must not lead out of the directory."""
    if Path(name).is_absolute() or ".." in Path(name).parts or "\0" in name:
        raise _unusable(f"a file must lie in {data_dir}, not at {name!r}", table)
    file = data_dir / name
    if file.suffix.lower() not in (".npy", ".npz"):
        raise _unusable(f"a file must end in .npy or .npz, not {name!r}", table)
    if not file.is_file():
        raise _unusable(f"a file is missing, {file}", table)
    return file


def _loaded(file: Path, *, lazily: bool = False) -> NDArray[Any]:
    try:
        array = _array(file, lazily=lazily)
    except OSError as error:
        message = f"cannot read: {error.strerror or error}"
        raise LogIOError(error.errno, message, os.fspath(file)) from error
    # NumPy and zipfile raise a dozen types for a damaged file, none in common.
    except Exception as error:
        raise _no_window(str(error) or type(error).__name__, file) from error
    return array


def _array(file: Path, *, lazily: bool) -> NDArray[Any]:
    if lazily and file.suffix.lower() == ".npy":
        return np.lib.format.open_memmap(file, mode="r")
    # Opened here: NumPy leaves an archive that it cannot read open.
    with file.open("rb") as stream:
        content = np.load(stream, allow_pickle=False)
        if not isinstance(content, np.lib.npyio.NpzFile):
            return np.asarray(content)
        if len(content.files) != 1:
            raise ValueError(f"it has {len(content.files)} arrays, not 1")
        return np.asarray(content[content.files[0]])


def _check_form(window: NDArray[Any], shape: tuple[int, int], file: Path) -> None:
    if window.dtype.kind not in _REAL:
        raise _no_window(f"it holds {window.dtype}, not real numbers", file)
    if window.shape != shape:
        reason = (
            f"its shape is {list(window.shape)}, not {list(shape)} as --channels and "
            "--window-sec times --sample-rate say"
        )
        raise _no_window(reason, file)


def _no_window(reason: str, file: Path) -> InvalidArgumentError:
    message = f"a recording must be one array [channels, samples]; {reason}: {file}"
    return InvalidArgumentError(message, argument="data_dir")
