"""The totals of a row that several optimizers have filled."""

from __future__ import annotations

import re
from typing import Final

from tachograph.monitor.deferred import Row
from tachograph.monitor.gradient_norms import joined

__all__ = ["add_totals"]

_PART: Final = re.compile(r"(grad_norm|grad_norm_applied|grad_nonfinite)/optimizer_\d+")


def add_totals(row: Row) -> None:
    """Adds the norm over all optimizers' gradients, and how many of those are not finite."""
    parts: dict[str, list[float]] = {}
    for name, value in row.items():
        match = _PART.fullmatch(name)
        if match is not None:
            parts.setdefault(match[1], []).append(value)
    for name, values in parts.items():
        row[name] = sum(values) if name == "grad_nonfinite" else joined(values)
