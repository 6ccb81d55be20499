"""Says what reading a damaged run met."""

from collections.abc import Mapping
from typing import Any

from tachograph.cli.exits import Exit
from tachograph.cli.output import warn
from tachograph.overview.damage import damage_text, is_damaged
from tachograph.overview.wording import printable, size

_MAX_RANGES = 20


def exit_of(*reports: Mapping[str, Any]) -> Exit:
    """Says on standard error what is missing of runs, and with which code what read them ends.

    Args:
        *reports: One a run, asked for at the end: damage comes to light when the damaged part is
            read.
    """
    for report in reports:
        warn_of_damage(report)
    return Exit.DAMAGED if any(map(is_damaged, reports)) else Exit.OK


def warn_of_damage(report: Mapping[str, Any]) -> None:
    """Says on standard error what is missing; nothing where nothing is."""
    if not is_damaged(report):
        return
    ranges = report["damage"]
    warn(f"damaged: {damage_text(report)}")
    for item in ranges[:_MAX_RANGES]:
        warn(f"  {describe(item)}")
    if len(ranges) > _MAX_RANGES:
        warn(f"  and {len(ranges) - _MAX_RANGES} more; --json lists all")


def describe(item: Mapping[str, Any]) -> str:
    """One damaged range in words."""
    place = f"{printable(item['file'])} at byte {item['offset']:,}, {size(item['length'])}"
    lost = _lost(item)
    return f"{place}: {printable(item['reason'])}" + (f" ({lost})" if lost else "")


def _lost(item: Mapping[str, Any]) -> str:
    """What a range took: whole rows, or the values of one column."""
    table = item.get("table") or "rows"
    rows, column = item.get("rows"), item.get("column")
    parts = []
    if rows:
        parts.append(f"{rows:,} {table} lost")
    if column is not None:
        parts.append(f"values of {printable(column)} lost")
    if item.get("first_step") is not None and item.get("last_step") is not None:
        parts.append(f"{table} {item['first_step']:,} to {item['last_step']:,}")
    return ", ".join(parts)
