"""The environment variables that a recorder obeys, read when it is made."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["is_disabled", "run_id_from_environment", "runs_directory"]

_TRUE = frozenset({"1", "true", "yes", "on"})


def runs_directory() -> Path:
    """TACHO_DIR, or ./runs."""
    return Path(os.environ.get("TACHO_DIR") or "runs")


def run_id_from_environment() -> str | None:
    """TACHO_RUN_ID; None where it is not set."""
    return os.environ.get("TACHO_RUN_ID") or None


def is_disabled() -> bool:
    """Whether TACHO_DISABLED is 1, true, yes or on."""
    return os.environ.get("TACHO_DISABLED", "").strip().lower() in _TRUE
