"""Where an export goes."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["prepared"]


def prepared(path: str | os.PathLike[str]) -> Path:
    """Makes the parent directories of a file that is about to be written.

    Returns:
        The path.
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    return target
