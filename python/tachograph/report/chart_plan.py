"""Which charts a report has: curves that belong together share one, charts stand in groups."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from tachograph.analysis.column_names import EPOCH_FIELDS, Table

__all__ = ["PlannedChart", "groups_of", "plan"]

_LOSSES: Final = frozenset({"train_loss", "val_loss"})


@dataclass(frozen=True, slots=True)
class PlannedChart:
    """A chart before its curves were read.

    Attributes:
        title: What it is of.
        table: Whose columns.
        names: The columns, as they were logged, of any of the runs.
    """

    title: str
    table: Table
    names: tuple[str, ...]


def plan(names: Iterable[tuple[Table, str]]) -> list[PlannedChart]:
    """One chart a metric; an epoch's training and validation value of one metric share theirs.

    Args:
        names: The tables and columns of all runs; one that comes again is taken once.
    """
    charts: dict[tuple[Table, bool, str], list[str]] = {}
    for table, name in dict.fromkeys(names):
        is_field = table == "epochs" and name in EPOCH_FIELDS
        charts.setdefault((table, is_field, _base(table, name)), []).append(name)
    return [
        PlannedChart(title, table, tuple(columns))
        for (table, _, title), columns in sorted(charts.items(), key=lambda item: _rank(item[0]))
    ]


def groups_of(charts: Sequence[PlannedChart]) -> list[str]:
    """The heading under which each chart stands.

    A step's metric `train/loss` stands under `train`, if it is not the only one there.
    """
    prefixes = [_prefix(chart) for chart in charts]
    counts = Counter(prefixes)
    return [
        "Epochs" if chart.table == "epochs" else prefix if counts[prefix] > 1 else "Steps"
        for chart, prefix in zip(charts, prefixes, strict=True)
    ]


def _prefix(chart: PlannedChart) -> str:
    prefix, slash, rest = chart.title.partition("/")
    return prefix if chart.table == "steps" and slash and prefix and rest else "Steps"


def _base(table: Table, name: str) -> str:
    if table == "steps":
        return name
    return "loss" if name in _LOSSES else name.partition("/")[2] or name


def _rank(key: tuple[Table, bool, str]) -> int:
    """The loss first, then what people measured, then what was taken beside it; steps last."""
    table, is_field, title = key
    if table == "steps":
        return 3
    if is_field:
        return 0 if title == "loss" else 2
    return 1
