"""What a report says of a run beside its curves."""

# ruff: noqa: SLF001 -- the records behind a run's methods

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tachograph.analysis.column_names import Table, column_key
from tachograph.overview.columns import Courses, courses
from tachograph.overview.findings import findings
from tachograph.records.queries import RecordQueries
from tachograph.records.run import Run
from tachograph.report.model import MetricFacts, RunFacts
from tachograph.report.places import Places
from tachograph.report.run_reading import TABLES, RunReading

__all__ = ["facts_of", "trained_secs"]

_MICROS = 1e6


def facts_of(reading: RunReading) -> RunFacts:
    """What a run is and how it went; asked once its curves were read, where damage is met.

    Args:
        reading: The run.
    """
    run = reading.run
    reader = run._columns()
    experiment, attempts = run._experiment_record(), run.attempts
    n_epochs = reader.counts()[0]
    summary = run.get_training_summary()
    path = run.path if isinstance(run, Run) else reader.path
    state = _state(run, path)
    columns = courses(run)  # each column in one pass, for what is found and for the table
    found = findings(run, columns)
    log = reader.report()  # after everything was read
    return RunFacts(
        name=experiment.name,
        run_id=experiment.run_id,
        label=experiment.name,
        path=None if path is None else str(path),
        state=state,
        n_steps=reader.length("steps", merged=True),
        n_epochs=n_epochs,
        created=experiment.created or (attempts[0].started if attempts else None),
        duration_secs=_duration(reading.places),
        trained_secs=trained_secs(reader),
        summary=summary,
        model_config=experiment.model_config,
        training_config=experiment.training_config,
        environment=run._environment_record(),
        early_stopping=run._early_stopping_record(),
        attempts=attempts,
        log=log,
        metrics=_metrics(reading, columns),
        not_drawn=_not_drawn(reading),
        findings=found,
    )


def _metrics(reading: RunReading, columns: Courses) -> list[MetricFacts]:
    """Each column that was read, in numbers."""
    return [
        MetricFacts(
            table=table,
            name=name,
            n_values=course.n,
            n_not_finite=course.n_not_finite,
            last=course.last,
            lowest=course.low,
            highest=course.high,
            mean=None if math.isnan(mean) else mean,
        )
        for (table, name), mean in reading.means.items()
        if (course := columns[table].get(name)) is not None
    ]


def _not_drawn(reading: RunReading) -> list[str]:
    """Metrics none of whose values are numbers; what is one now and then has a chart."""
    drawn = {column_key("epochs", name) for name in reading.names["epochs"]}
    keys = reading.run._columns().extra_keys("epochs")
    return [name for role, name in keys if (role, name) not in drawn]


def _state(run: RecordQueries, path: Path | None) -> str:
    if isinstance(run, Run):
        return run.status.state
    reader = run._columns()
    if path is None:
        return "in memory"
    if reader.writer_alive:
        return "running"
    return "closed" if reader.closed else "crashed"


def trained_secs(reader: Any) -> float:
    """The seconds between rows that one attempt logged after each other.

    Args:
        reader: A run's columns.
    """
    tables = [reader.index(table) for table in TABLES]
    _, micros, attempts, places = map(np.concatenate, zip(*tables, strict=True))
    order = np.argsort(places, kind="stable")
    is_one = np.diff(attempts[order]) == 0
    return float(np.diff(micros[order])[is_one].sum() / _MICROS)


def _duration(places: Mapping[Table, Places]) -> float:
    ends: list[Any] = [table.seconds.max() for table in places.values() if len(table.seconds)]
    return float(max(ends, default=0.0))
