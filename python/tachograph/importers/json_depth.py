"""How deep JSON of others may nest, which the log keeps up to a limit."""

from __future__ import annotations

from typing import Any, Final

__all__ = ["MAX_DEPTH", "nests_deeper"]

MAX_DEPTH: Final = 48
"""What is left of the log's own 64 levels when records are wrapped around a value."""


def nests_deeper(value: Any, levels: int = MAX_DEPTH) -> bool:
    """Whether lists and objects stand in each other in more than so many levels."""
    if not isinstance(value, dict | list):
        return False
    inner = value.values() if isinstance(value, dict) else value
    return levels <= 0 or any(nests_deeper(item, levels - 1) for item in inner)
