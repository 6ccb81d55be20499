"""Gathers what a report shows out of runs."""

# ruff: noqa: SLF001 -- the columns behind a run's methods

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np

from tachograph.analysis.column_names import Table
from tachograph.curves import Curve, curve, curve_names, unit_of
from tachograph.records.queries import RecordQueries
from tachograph.records.run import Run
from tachograph.report.chart_plan import PlannedChart, group_of, plan, role_of
from tachograph.report.curve_findings import curve_findings
from tachograph.report.drawn import drawn, means
from tachograph.report.labels import labels_of
from tachograph.report.model import (
    Chart,
    ChartGroup,
    Finding,
    MetricFacts,
    Points,
    Report,
    RunFacts,
    Trace,
)
from tachograph.report.places import Places, places_of
from tachograph.report.run_findings import log_findings, training_findings

__all__ = ["MOST_CURVES", "gather"]

MOST_CURVES: Final = 2000
"""Curves that a report holds at most; whole charts beyond that are left out, and counted."""

_MOST_POINTS: Final = 240_000
_POINTS_A_CURVE: Final = (100, 2000)
_OPEN_CHARTS: Final = 60
_TABLES: Final[tuple[Table, ...]] = ("epochs", "steps")
# Zero where nothing was said of them.
_ZERO_IF_NOT_TOLD: Final = frozenset({"learning_rate", "epoch_time"})
_SEVERITIES: Final = ("bad", "warn", "note")
_LOSSES: Final = frozenset({"train_loss", "val_loss"})


@dataclass(slots=True)
class _Opened:
    """A run while its curves are read."""

    run: RecordQueries
    index: int
    names: dict[Table, set[str]]
    places: dict[Table, Places]
    metrics: list[MetricFacts] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def gather(runs: Sequence[RecordQueries], version: str) -> Report:
    """Reads everything that a report shows.

    Args:
        runs: Recorders and runs.
        version: The package's version.
    """
    sources = [
        _Opened(
            run, index, {table: set(curve_names(run, table)) for table in _TABLES}, places_of(run)
        )
        for index, run in enumerate(runs)
    ]
    charts = plan(
        (table, name) for table in _TABLES for run in runs for name in curve_names(run, table)
    )
    kept = _within_limit(charts, sources)
    n_curves = sum(_n_curves(chart, sources) for chart in kept)
    fewest, most = _POINTS_A_CURVE
    points_each = max(fewest, min(most, _MOST_POINTS // max(n_curves, 1)))
    groups = _groups([(chart, _drawn(chart, sources, points_each)) for chart in kept])
    facts = [_facts(source) for source in sources]  # last: damage is met where it is read
    return Report(
        runs=labels_of(facts),
        groups=groups,
        n_left_out=len(charts) - len(kept),
        points_each=points_each,
        written=datetime.now(UTC),
        version=version,
    )


def _within_limit(charts: list[PlannedChart], sources: list[_Opened]) -> list[PlannedChart]:
    n_curves = 0
    kept: list[PlannedChart] = []
    for chart in charts:
        n_curves += _n_curves(chart, sources)
        if n_curves > MOST_CURVES and kept:
            break
        kept.append(chart)
    return kept


def _n_curves(chart: PlannedChart, sources: list[_Opened]) -> int:
    return sum(name in source.names[chart.table] for source in sources for name in chart.names)


def _groups(charts: list[tuple[PlannedChart, Chart]]) -> list[ChartGroup]:
    grouped: dict[tuple[Table, str], list[Chart]] = {}
    for planned, chart in charts:
        if chart.traces:
            grouped.setdefault((chart.table, group_of(planned)), []).append(chart)
    groups: list[ChartGroup] = []
    n_before = 0
    for (table, title), members in grouped.items():
        groups.append(ChartGroup(title, table, members, n_before < _OPEN_CHARTS))
        n_before += len(members)
    return groups


def _drawn(chart: PlannedChart, sources: list[_Opened], n_points: int) -> Chart:
    traces = [
        trace
        for source in sources
        for name in chart.names
        if name in source.names[chart.table]
        if (trace := _trace(source, chart.table, name, n_points)) is not None
    ]
    return Chart(chart.title, chart.table, unit_of(chart.names[0]), traces)


def _trace(source: _Opened, table: Table, name: str, n_points: int) -> Trace | None:
    whole = curve(source.run, name, table=table)
    if not len(whole) or (name in _ZERO_IF_NOT_TOLD and table == "epochs" and not whole.y.any()):
        return None
    facts = _metric_facts(whole, table)
    source.metrics.append(facts)
    source.findings.extend(curve_findings(whole, table))
    places = source.places[table]
    return Trace(
        run=source.index,
        name=name,
        role=role_of(table, name),
        n_values=facts.n_values,
        n_not_finite=facts.n_not_finite,
        points=drawn(whole, places, n_points),
        means=means(whole, places, n_points),
        best=_best(source.run, table, name, places),
    )


def _metric_facts(whole: Curve, table: Table) -> MetricFacts:
    finite = whole.y[np.isfinite(whole.y)]
    with np.errstate(over="ignore"):
        mean = float(finite.mean()) if len(finite) else None
    return MetricFacts(
        table=table,
        name=whole.name,
        n_values=len(whole),
        n_not_finite=len(whole) - len(finite),
        last=float(whole.y[-1]) if len(whole) else None,
        lowest=float(finite.min()) if len(finite) else None,
        highest=float(finite.max()) if len(finite) else None,
        mean=mean,
    )


def _best(run: RecordQueries, table: Table, name: str, places: Places) -> Points | None:
    """The best epoch's point, where this is the curve whose lowest value made it the best."""
    best = run._columns().best() if table == "epochs" and name in _LOSSES else None
    if best is None:
        return None
    _, label, loss = best
    record = run.get_best_epoch()
    judged = "train_loss" if record is None or record.val_loss is None else "val_loss"
    if name != judged:
        return None
    return places.points(np.array([label], dtype=np.int64), np.array([loss]))


def _facts(source: _Opened) -> RunFacts:
    run = source.run
    reader = run._columns()
    experiment, attempts = run._experiment_record(), run.attempts
    n_epochs, n_steps = reader.counts()
    summary = run.get_training_summary()
    path = run.path if isinstance(run, Run) else reader.path
    state = _state(run, path)
    outcome = reader.records().get("outcome")
    epochs = source.places["epochs"].labels
    log = reader.report()
    findings = [
        *log_findings(state, attempts, log, outcome if isinstance(outcome, dict) else {}),
        *training_findings(summary, int(epochs[-1]) if len(epochs) else None),
        *source.findings,
    ]
    return RunFacts(
        name=experiment.name,
        run_id=experiment.run_id,
        label=experiment.name,
        path=None if path is None else str(path),
        state=state,
        n_steps=n_steps,
        n_epochs=n_epochs,
        created=experiment.created or (attempts[0].started if attempts else None),
        duration_secs=_duration(source.places),
        summary=summary,
        model_config=experiment.model_config,
        training_config=experiment.training_config,
        environment=run._environment_record(),
        early_stopping=run._early_stopping_record(),
        attempts=attempts,
        log=log,
        metrics=source.metrics,
        not_drawn=[name for _, name in reader.extra_keys("epochs")],
        findings=sorted(findings, key=lambda finding: _SEVERITIES.index(finding.severity)),
    )


def _state(run: RecordQueries, path: Path | None) -> str:
    if isinstance(run, Run):
        return run.status.state
    reader = run._columns()
    if path is None:
        return "in memory"
    if reader.writer_alive:
        return "running"
    return "closed" if reader.closed else "crashed"


def _duration(places: dict[Table, Places]) -> float:
    ends: list[Any] = [table.seconds.max() for table in places.values() if len(table.seconds)]
    return float(max(ends, default=0.0))
