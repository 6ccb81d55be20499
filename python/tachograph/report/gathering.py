"""Gathers what a report shows out of runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from tachograph.analysis.column_names import Table
from tachograph.curves import unit_of
from tachograph.overview.labels import labels_of
from tachograph.records.queries import RecordQueries
from tachograph.report.chart_plan import PlannedChart, groups_of, plan
from tachograph.report.model import Chart, ChartGroup, Report
from tachograph.report.run_facts import facts_of
from tachograph.report.run_reading import TABLES, RunReading

__all__ = ["MOST_CURVES", "gather"]

MOST_CURVES: Final = 2000
"""Curves that a report holds at most; whole charts beyond that are left out, and counted."""

_MOST_POINTS: Final = 240_000
_POINTS_A_CURVE: Final = (100, 2000)
_OPEN_CHARTS: Final = 60


def gather(runs: Sequence[RecordQueries], version: str) -> Report:
    """Reads everything that a report shows.

    Args:
        runs: Recorders and runs.
        version: The package's version.
    """
    readings = [RunReading.begin(run, index) for index, run in enumerate(runs)]
    charts = plan(
        (table, name) for table in TABLES for reading in readings for name in reading.names[table]
    )
    kept = _within_limit(charts, readings)
    n_curves = sum(_n_curves(chart, readings) for chart in kept)
    fewest, most = _POINTS_A_CURVE
    points_each = max(fewest, min(most, _MOST_POINTS // max(n_curves, 1)))
    read = [_read(chart, readings, points_each) for chart in kept]
    groups = _groups(zip(groups_of(kept), read, strict=True))
    facts = [facts_of(reading) for reading in readings]
    labels = labels_of((one.name, one.run_id) for one in facts)
    return Report(
        runs=[replace(one, label=label) for one, label in zip(facts, labels, strict=True)],
        groups=groups,
        n_left_out=len(charts) - len(kept),
        points_each=points_each,
        written=datetime.now(UTC),
        version=version,
    )


def _within_limit(charts: list[PlannedChart], readings: list[RunReading]) -> list[PlannedChart]:
    n_curves = 0
    kept: list[PlannedChart] = []
    for chart in charts:
        n_curves += _n_curves(chart, readings)
        if n_curves > MOST_CURVES and kept:
            break
        kept.append(chart)
    return kept


def _n_curves(chart: PlannedChart, readings: list[RunReading]) -> int:
    return sum(name in reading.names[chart.table] for reading in readings for name in chart.names)


def _read(chart: PlannedChart, readings: list[RunReading], n_points: int) -> Chart:
    traces = [
        trace
        for reading in readings
        for name in chart.names
        if (trace := reading.trace(chart.table, name, n_points)) is not None
    ]
    return Chart(chart.title, chart.table, unit_of(chart.names[0]), traces)


def _groups(charts: Iterable[tuple[str, Chart]]) -> list[ChartGroup]:
    grouped: dict[tuple[Table, str], list[Chart]] = {}
    for title, chart in charts:
        if chart.traces:
            grouped.setdefault((chart.table, title), []).append(chart)
    groups: list[ChartGroup] = []
    n_before = 0
    for (table, title), members in grouped.items():
        groups.append(ChartGroup(title, table, members, is_open=n_before < _OPEN_CHARTS))
        n_before += len(members)
    return groups
