"""Where an export goes, and who is told how far it is."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar, overload

from tachograph._core import Place
from tachograph.exceptions import ArgumentTypeError, LogIOError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer

__all__ = [
    "OnProgress",
    "Output",
    "PathLike",
    "Sink",
    "Writable",
    "checked_path",
    "checked_progress",
    "checked_target",
    "writing",
]

PathLike: TypeAlias = str | os.PathLike[str]

OnProgress: TypeAlias = Callable[[int, int], object]
"""Gets how many rows are done and how many there are, now and then and at the end, on the thread
that exports. What it raises ends the export."""


class Writable(Protocol):
    """A file object that takes bytes."""

    def write(self, data: bytes, /) -> int | None:
        """Takes some or all of the bytes; says how many, or None for all."""


Sink = TypeVar("Sink", bound=Writable)


class Output(io.RawIOBase):
    """Takes all bytes, as programs that write expect, for a file object that may take some."""

    def __init__(self, target: Writable, path: Path | None = None) -> None:
        """Passes on to a file object.

        Args:
            target: The file object.
            path: What it is to become in the end, for messages; None if it is the caller's own.
        """
        self._target: Writable | None = target
        self._path = path

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: Buffer, /) -> int:
        """Takes all bytes.

        Raises:
            BlockingIOError: The file object is a non-blocking one.
            LogIOError: The file cannot be written.
            ValueError: The file object says that it took more than there was.
        """
        rest = memoryview(data).cast("B")
        n_bytes = len(rest)
        while rest and self._target is not None:
            try:
                taken = self._target.write(bytes(rest))
            except OSError as error:
                if self._path is None:  # the caller's own file object speaks for itself
                    raise
                raise _cannot_write(self._path, error) from error
            if taken is None:
                if isinstance(self._target, io.RawIOBase):
                    raise BlockingIOError("the file object must not be non-blocking")
                break
            if not 0 < taken <= len(rest):
                message = f"write() of the file object took {taken} of {len(rest)} bytes"
                raise ValueError(message)
            rest = rest[taken:]
        return n_bytes

    def abandon(self) -> None:
        """Passes on no more: an end that a writer puts to half a file would make it look whole."""
        self._target = None


def checked_path(path: Any, argument: str = "path") -> Path:
    """Makes a path of what must be one.

    Raises:
        ArgumentTypeError: It is none.
    """
    if isinstance(path, str | os.PathLike) and isinstance(os.fspath(path), str):
        return Path(path)
    message = f"{argument} must be a str or a path, not {type(path).__name__}"
    raise ArgumentTypeError(message, argument=argument)


def checked_progress(progress: Any) -> None:
    """Looks whether what is to be told of the progress can be called, before anything is written.

    Raises:
        ArgumentTypeError: It cannot.
    """
    if progress is not None and not callable(progress):
        message = f"progress must be a function of two counts, not {type(progress).__name__}"
        raise ArgumentTypeError(message, argument="progress")


@overload
def checked_target(target: PathLike) -> Path: ...
@overload
def checked_target(target: Sink) -> Sink: ...
def checked_target(target: PathLike | Sink) -> Path | Sink:
    """Makes a path of what is one, and looks whether anything else takes bytes.

    Args:
        target: A path, or a binary file object.

    Raises:
        ArgumentTypeError: It is neither.
    """
    if isinstance(target, str | os.PathLike):
        return Path(target)
    if isinstance(target, io.TextIOBase) or not hasattr(target, "write"):
        message = (
            f"path must be a path or a binary file object (open(..., 'wb'), sys.stdout.buffer), "
            f"not {type(target).__name__}"
        )
        raise ArgumentTypeError(message, argument="path")
    return target


@contextmanager
def writing(target: Path | Writable) -> Iterator[Output]:
    """Gives what a target is to be written to; a file gets its place if all goes well.

    Raises:
        LogIOError: The file cannot be written.
    """
    if not isinstance(target, Path):
        yield Output(target)
        return
    place = Place(target)
    try:
        file = _opened(place.path, target)
        try:
            yield Output(file, target)
        finally:
            # Quotas and network file systems tell here that there was no room.
            try:
                file.close()
            except OSError as error:
                raise _cannot_write(target, error) from error
        place.publish()
    finally:
        place.close()


def _opened(path: Path, target: Path) -> io.FileIO:
    # Unbuffered: what fails, fails in `Output`, apart from what the caller may raise.
    try:
        return path.open("wb", buffering=0)
    except OSError as error:
        raise _cannot_write(target, error) from error


def _cannot_write(path: Path, error: OSError) -> LogIOError:
    return LogIOError(error.errno, f"cannot write: {error.strerror or error}", os.fspath(path))
