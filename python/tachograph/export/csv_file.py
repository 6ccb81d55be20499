"""CSV of a table."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, TypeAlias

from tachograph._core import Reader
from tachograph.exceptions import InvalidArgumentError
from tachograph.export.target import OnProgress, Writable

__all__ = ["CsvLayout", "write_csv"]

CsvLayout: TypeAlias = Literal["wide", "long"]


def write_csv(
    reader: Reader,
    out: Path | Writable,
    table: Literal["epochs", "steps"],
    *,
    formula_guard: bool,
    layout: CsvLayout,
    progress: OnProgress | None,
) -> None:
    """Writes a table as CSV; a path is written beside its place and then renamed.

    Args:
        reader: The run.
        out: Where to.
        table: ``"epochs"`` or ``"steps"``.
        formula_guard: Whether text that a spreadsheet would run as a formula is defused.
        layout: A column a metric, or a line a value.
        progress: Is told how far it is.

    Raises:
        InvalidArgumentError: There is no such layout.
    """
    if layout not in ("wide", "long"):
        message = f"layout must be 'wide' or 'long', not {layout!r:.80}"
        raise InvalidArgumentError(message, argument="layout")
    reader.export_csv(
        out, table, formula_guard=formula_guard, long=layout == "long", progress=progress
    )
