"""CSV of a table."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from tachograph._core import Reader
from tachograph.export.target import prepared

__all__ = ["write_csv"]


def write_csv(
    reader: Reader,
    path: str | os.PathLike[str],
    table: Literal["epochs", "steps"],
    *,
    formula_guard: bool,
) -> Path:
    """Writes a table as CSV, beside the target and then renamed over it.

    Args:
        reader: The run.
        path: The file; parent directories are made.
        table: ``"epochs"`` or ``"steps"``.
        formula_guard: Whether text that a spreadsheet would run as a formula is defused.

    Returns:
        The file's path.
    """
    target = prepared(path)
    reader.export_csv(str(target), table, formula_guard=formula_guard)
    return target
