"""What damage took of a run, in words, out of the report of who read it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tachograph.overview.wording import counted

__all__ = ["damage_text", "is_damaged", "rows_lost_text"]


def is_damaged(report: Mapping[str, Any]) -> bool:
    """Whether anything was lost; a torn tail is how a crash ends a log, not damage."""
    return bool(report["damage"]) or report["rows_lost"] > 0


def rows_lost_text(report: Mapping[str, Any]) -> str:
    """How many rows were lost: of an end that is missing nobody knows."""
    lost: int = report["rows_lost"]
    if report["rows_lost_known"]:
        return f"{counted(lost, 'row')} lost" if lost else "no rows lost"
    return f"at least {counted(lost, 'row')} lost" if lost else "an unknown number of rows lost"


def damage_text(report: Mapping[str, Any]) -> str:
    """The same, and in how many places bytes are damaged."""
    return f"{rows_lost_text(report)}; damaged bytes in {counted(len(report['damage']), 'place')}"
