"""The resident memory of this process."""

from __future__ import annotations

import os
import sys

__all__ = ["resident_mib"]

_MIB = 1024 * 1024


def resident_mib() -> float | None:
    """The memory of this process that is in RAM, in MiB; None where it cannot be read."""
    try:
        descriptor = os.open("/proc/self/statm", os.O_RDONLY)
    except OSError:
        return _from_psutil()
    try:
        pages = int(os.read(descriptor, 128).split()[1])
    except (OSError, IndexError, ValueError):
        return None
    finally:
        os.close(descriptor)
    return pages * os.sysconf("SC_PAGE_SIZE") / _MIB


def _from_psutil() -> float | None:
    # Used only where the program has it anyway: importing it here would slow the first epoch.
    psutil = sys.modules.get("psutil")
    if psutil is None:
        return _peak_mib()
    try:
        return float(psutil.Process().memory_info().rss) / _MIB
    except Exception:  # noqa: BLE001 -- a measurement must not stop a training
        return None


def _peak_mib() -> float | None:
    """The peak, which is all that the standard library knows without /proc."""
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / _MIB if sys.platform == "darwin" else peak / 1024
