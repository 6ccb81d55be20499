"""What a report says of a run beside its curves."""

# ruff: noqa: SLF001 -- the records behind a run's methods

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tachograph.analysis.column_names import Table
from tachograph.overview.findings import findings
from tachograph.records.queries import RecordQueries
from tachograph.records.run import Run
from tachograph.report.model import RunFacts
from tachograph.report.places import Places
from tachograph.report.run_reading import RunReading

__all__ = ["facts_of"]


def facts_of(reading: RunReading) -> RunFacts:
    """What a run is and how it went; asked once its curves were read, where damage is met.

    Args:
        reading: The run.
    """
    run = reading.run
    reader = run._columns()
    experiment, attempts = run._experiment_record(), run.attempts
    n_epochs, n_steps = reader.counts()
    summary = run.get_training_summary()
    path = run.path if isinstance(run, Run) else reader.path
    state = _state(run, path)
    found = findings(run)
    log = reader.report()  # after everything was read
    return RunFacts(
        name=experiment.name,
        run_id=experiment.run_id,
        label=experiment.name,
        path=None if path is None else str(path),
        state=state,
        n_steps=n_steps,
        n_epochs=n_epochs,
        created=experiment.created or (attempts[0].started if attempts else None),
        duration_secs=_duration(reading.places),
        summary=summary,
        model_config=experiment.model_config,
        training_config=experiment.training_config,
        environment=run._environment_record(),
        early_stopping=run._early_stopping_record(),
        attempts=attempts,
        log=log,
        metrics=reading.metrics,
        not_drawn=[name for _, name in reader.extra_keys("epochs")],
        findings=found,
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


def _duration(places: Mapping[Table, Places]) -> float:
    ends: list[Any] = [table.seconds.max() for table in places.values() if len(table.seconds)]
    return float(max(ends, default=0.0))
