"""Ids of runs: they sort by time, cannot collide, and are safe as file names."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime

from tachograph.exceptions import ArgumentTypeError, InvalidArgumentError

__all__ = ["LATEST", "check_run_id", "is_windows_reserved", "made_at", "new_run_id"]

LATEST = "latest"

_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
_GIVEN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_MADE = re.compile(r"(\d{8}-\d{6}-\d{6})-[a-z2-7]{8}")
_TIME = "%Y%m%d-%H%M%S-%f"
_RESERVED = re.compile(
    r"(con|prn|aux|nul|conin\$|conout\$|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE | re.DOTALL
)


def new_run_id() -> str:
    """Makes an id such as ``20261121-093012-123456-k3v7q2ab``: UTC time and 40 random bits."""
    noise = int.from_bytes(os.urandom(5))
    letters = "".join(_ALPHABET[noise >> shift & 31] for shift in range(0, 40, 5))
    return f"{datetime.now(UTC).strftime(_TIME)}-{letters}"


def made_at(run_id: str) -> datetime | None:
    """When an id was made (UTC); None where a person chose it."""
    match = _MADE.fullmatch(run_id)
    try:
        return datetime.strptime(match[1], _TIME).replace(tzinfo=UTC) if match else None
    except ValueError:
        return None


def check_run_id(run_id: object) -> str:
    """Checks an id that a person chose.

    Args:
        run_id: 1 to 128 of the characters ``A-Z a-z 0-9 . _ -``, the first of them neither a dot
            nor a hyphen, the last no dot; no name that Windows keeps for devices.

    Returns:
        The id.

    Raises:
        ArgumentTypeError: It is no text.
        InvalidArgumentError: It cannot be the name of a directory everywhere.
    """
    if not isinstance(run_id, str):
        message = f"run_id must be a str, not {type(run_id).__name__}"
        raise ArgumentTypeError(message, argument="run_id")
    if not _GIVEN.fullmatch(run_id) or run_id.endswith(".") or is_windows_reserved(run_id):
        message = (
            "run_id must be 1 to 128 characters of A-Z a-z 0-9 . _ - that do not begin with . or "
            f"-, do not end with . and are no device name of Windows: {run_id[:200]!r}"
        )
        raise InvalidArgumentError(message, argument="run_id")
    return run_id


def is_windows_reserved(name: str) -> bool:
    """Whether Windows keeps this file name for a device."""
    return _RESERVED.fullmatch(name) is not None
