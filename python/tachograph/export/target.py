"""Where an export goes, and who is told how far it is."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, TypeAlias, TypeVar, overload

from tachograph.exceptions import ArgumentTypeError

__all__ = ["OnProgress", "PathLike", "Sink", "Writable", "prepared", "renamed"]

PathLike: TypeAlias = str | os.PathLike[str]

OnProgress: TypeAlias = Callable[[int, int], object]
"""Gets how many rows are done and how many there are, now and then and at the end, on the thread
that exports. What it raises ends the export."""


class Writable(Protocol):
    """A file object that takes bytes."""

    def write(self, data: bytes, /) -> int | None:
        """Takes some or all of the bytes; says how many, or None for all."""


Sink = TypeVar("Sink", bound=Writable)


@overload
def prepared(target: PathLike) -> Path: ...
@overload
def prepared(target: Sink) -> Sink: ...
def prepared(target: PathLike | Sink) -> Path | Sink:
    """Makes the parent directories of a file that is about to be written.

    Args:
        target: A path, or a binary file object.

    Returns:
        The path; a file object as it is.

    Raises:
        ArgumentTypeError: It is neither.
    """
    if isinstance(target, str | os.PathLike):
        path = Path(target)
        path.parent.mkdir(parents=True, exist_ok=True)
        return path
    if isinstance(target, io.TextIOBase) or not hasattr(target, "write"):
        message = (
            f"path must be a path or a binary file object (open(..., 'wb'), sys.stdout.buffer), "
            f"not {type(target).__name__}"
        )
        raise ArgumentTypeError(message, argument="path")
    return target


@contextmanager
def renamed(path: str | os.PathLike[str]) -> Iterator[tuple[Path, Path]]:
    """Gives a file to write beside a target; it becomes the target if all goes well.

    Yields:
        The target, whose parent directories are made, and the file to write.
    """
    target = prepared(path)
    scratch = target.with_name(f".{target.name[:100]}.{os.getpid()}.{os.urandom(4).hex()}.tmp")
    try:
        yield target, scratch
        scratch.replace(target)
    except BaseException:
        scratch.unlink(missing_ok=True)
        raise
