"""The directory of an experiment: its name made safe for every file system.

A name is data and may be anything; the log has it exactly. The directory has the letters, digits,
dots, underscores and hyphens of it. Where that is not the whole name, a hash of the exact name
follows, so that two experiments never share a directory by accident.
"""

from __future__ import annotations

import re

from tachograph.recorder.run_ids import is_windows_reserved

__all__ = ["directory_name"]

_MAX_BYTES = 80
_HASH_DIGITS = 10
_UNSAFE = re.compile(r"[^\w.-]+")


def directory_name(experiment_name: str) -> str:
    """The directory's name: at most 80 bytes of UTF-8, no separator, no device, no leading dot."""
    safe = _UNSAFE.sub("-", experiment_name)
    safe = "".join(char if _is_plain(char) else "-" for char in safe).strip(".-")
    if safe == experiment_name and _fits(safe, _MAX_BYTES) and not is_windows_reserved(safe):
        return safe
    if is_windows_reserved(safe):  # what follows a dot does not matter to Windows
        safe = safe.replace(".", "-")
    stem = _cut(safe, _MAX_BYTES - _HASH_DIGITS - 1).strip(".-") or "experiment"
    return f"{stem}-{_hash(experiment_name)}"


def _is_plain(char: str) -> bool:
    # \w also takes combining marks and the like, which file systems spell in several ways.
    return char in "._-" or char.isalnum()


def _fits(text: str, limit: int) -> bool:
    return 0 < len(text.encode()) <= limit


def _cut(text: str, limit: int) -> str:
    return text.encode()[:limit].decode(errors="ignore")


def _hash(name: str) -> str:
    from hashlib import sha256  # most names are plain and need none

    return sha256(name.encode()).hexdigest()[:_HASH_DIGITS]
