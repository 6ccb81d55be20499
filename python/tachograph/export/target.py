"""Where an export goes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["prepared", "renamed"]


def prepared(path: str | os.PathLike[str]) -> Path:
    """Makes the parent directories of a file that is about to be written.

    Returns:
        The path.
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
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
