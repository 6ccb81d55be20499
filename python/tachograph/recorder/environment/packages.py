"""Installed packages, from the names of their metadata directories.

`importlib.metadata` opens a file for each package, which takes a second for a large environment
and holds the interpreter's lock; the directories' names say the same.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

__all__ = ["installed_packages"]

_MAX_PACKAGES = 2000
_MAX_ENTRIES = 100_000


def installed_packages() -> dict[str, str]:
    """Names and versions of what can be imported, sorted; at most 2000."""
    found: dict[str, str] = {}
    for directory in dict.fromkeys(sys.path):
        for name, version in _in_directory(directory or "."):
            found.setdefault(name, version)  # the first on the path is the one that is imported
            if len(found) >= _MAX_PACKAGES:
                return dict(sorted(found.items()))
    return dict(sorted(found.items()))


def _in_directory(directory: str) -> Iterator[tuple[str, str]]:
    try:
        with os.scandir(directory) as entries:
            for _, entry in zip(range(_MAX_ENTRIES), entries, strict=False):
                stem, dot, extension = entry.name.rpartition(".")
                if dot + extension not in (".dist-info", ".egg-info"):
                    continue
                name, dash, rest = stem.partition("-")
                if dash and rest:
                    yield name.replace("_", "-").lower(), rest.partition("-py")[0]
    except OSError:  # a zip file, or a directory that is gone
        return
