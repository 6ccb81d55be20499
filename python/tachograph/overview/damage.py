"""What damage took of a run, in words, out of the report of who read it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tachograph.overview.wording import counted

__all__ = ["damage_text", "is_damaged", "lost_text", "rows_text"]


def is_damaged(report: Mapping[str, Any]) -> bool:
    """Whether anything was lost; a torn tail is how a crash ends a log, not damage."""
    return bool(report["damage"]) or report["rows_lost"] > 0


def lost_text(report: Mapping[str, Any]) -> str:
    """How many rows were lost, and of how many columns values of others."""
    columns = {(place["table"], place["column"]) for place in report["damage"]}
    n_columns = sum(name is not None for _, name in columns)
    values = f", values of {counted(n_columns, 'column')} lost" if n_columns else ""
    rows = rows_text(report["rows_lost"], known=report["rows_lost_known"])
    return f"{rows} lost{values}"


def damage_text(report: Mapping[str, Any]) -> str:
    """The same, and in how many places bytes are damaged."""
    n_places = len(report["damage"])
    where = f"; damaged bytes in {counted(n_places, 'place')}" if n_places else ""
    return lost_text(report) + where


def rows_text(lost: int, *, known: bool) -> str:
    """How many rows, where there may be more if the number is not known."""
    if known:
        return counted(lost, "row") if lost else "no rows"
    return f"at least {counted(lost, 'row')}" if lost else "an unknown number of rows"
