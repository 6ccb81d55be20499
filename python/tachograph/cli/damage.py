"""Says what reading a damaged run met."""

from collections.abc import Mapping
from typing import Any

from tachograph.cli.output import printable, size, warn

_MAX_RANGES = 20


def is_damaged(report: Mapping[str, Any]) -> bool:
    """Whether anything was lost; a torn tail is how a crash ends a log, not damage."""
    return bool(report["damage"]) or report["rows_lost"] > 0


def warn_of_damage(report: Mapping[str, Any]) -> None:
    """Says on standard error what is missing; nothing where nothing is."""
    if not is_damaged(report):
        return
    ranges = report["damage"]
    warn(f"damaged: {report['rows_lost']:,} rows lost in {len(ranges)} places")
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
    rows, first, last = (item.get(key) for key in ("rows", "first_step", "last_step"))
    table = item.get("table") or "rows"
    counted = f"{rows:,} {table} lost" if rows else ""
    if first is None or last is None:
        return counted
    span = f"{first} to {last}"
    return f"{counted}, {span}" if counted else f"{table} {span}"
