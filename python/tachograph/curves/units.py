"""The unit of a metric, by its name."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["unit_of"]

_FIELDS: Final = {"epoch_time": "s", "memory_usage": "MiB"}

_WORDS: Final = {
    "s": "s",
    "sec": "s",
    "secs": "s",
    "second": "s",
    "seconds": "s",
    "ms": "ms",
    "millis": "ms",
    "us": "µs",
    "micros": "µs",
    "b": "B",
    "bytes": "B",
    "kb": "kB",
    "mb": "MB",
    "gb": "GB",
    "kib": "KiB",
    "mib": "MiB",
    "gib": "GiB",
    "percent": "%",
    "pct": "%",
    "celsius": "°C",
    "watts": "W",
    "hz": "Hz",
    "mhz": "MHz",
}
_SECONDS: Final = frozenset({"s", "sec", "secs", "second", "seconds"})
# What may stand before `/s`; else the slash ends a group's name: `train/seconds`.
_COUNTED: Final = frozenset(
    {
        *("samples", "tokens", "images", "steps", "items", "examples", "frames", "batches"),
        *("bytes", "it", "iter", "iters"),
    }
)
_PER_SECOND: Final = re.compile(r"([^/._\s]+)/([^/._\s]+)$")

# One letter says too little, being often a variable's name, but behind these words.
_BEFORE_A_LETTER: Final = frozenset({"per", "time", "duration", "elapsed", "latency"})


def unit_of(name: str) -> str | None:
    """The unit that a metric's name tells; None where it tells none.

    The epochs' own fields have theirs (``epoch_time`` s, ``memory_usage`` MiB). Otherwise the
    name's last word counts, split at ``/``, ``.``, ``_`` and blanks: ``step_ms``,
    ``gpu/memory_mib``, ``tokens_per_sec``, which is tokens/s, as is ``tokens/sec``.

    Args:
        name: As it was logged.
    """
    if name in _FIELDS:
        return _FIELDS[name]
    end = name[-200:]
    rate = _PER_SECOND.search(end)
    if rate and rate[1].casefold() in _COUNTED and rate[2].casefold() in _SECONDS:
        return f"{rate[1]}/s"
    words = [word for word in re.split(r"[/._\s]+", end) if word]
    if not words:
        return None
    last, before = words[-1].casefold(), words[-2].casefold() if len(words) > 1 else ""
    unit = _WORDS.get(last)
    if before == "per":
        counted = "/".join(words[-3:-2])
        return f"{counted}/{unit or words[-1]}" if counted else None
    return unit if len(last) > 1 or before in _BEFORE_A_LETTER else None
