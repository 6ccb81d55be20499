"""The machine, from its files; nothing here starts a process or imports a package."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

__all__ = ["cpu_model", "hostname", "system_info"]


def system_info() -> dict[str, Any]:
    """`cpu_count`, `memory_total` in bytes, `platform`; None where it is not known."""
    return {
        "cpu_count": os.cpu_count(),
        "memory_total": _memory_bytes(),
        "platform": _platform(),
    }


def hostname() -> str | None:
    """The machine's name."""
    if hasattr(os, "uname"):
        return os.uname().nodename
    return os.environ.get("COMPUTERNAME")


def cpu_model() -> str | None:
    """The processor's name."""
    try:
        with Path("/proc/cpuinfo").open("rb") as file:
            head = file.read(64 * 1024).decode(errors="replace")
    except OSError:
        return None
    for line in head.splitlines():
        name, _, value = line.partition(":")
        if name.strip().lower() in ("model name", "cpu model", "hardware"):
            return value.strip()
    return None


def _memory_bytes() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return None


def _platform() -> str:
    # platform.platform() reads the interpreter's whole file to learn the same.
    if hasattr(os, "uname"):
        name = os.uname()
        return f"{name.sysname}-{name.release}-{name.machine}"
    return sys.platform
