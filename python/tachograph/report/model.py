"""What a report shows, as plain data: gathered from runs on one side, made a page on the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tachograph.analysis.column_names import Table
from tachograph.curves import Role
from tachograph.overview.finding import Finding
from tachograph.records.attempt import Attempt

__all__ = [
    "Chart",
    "ChartGroup",
    "MetricFacts",
    "Points",
    "Report",
    "RunFacts",
    "Trace",
]


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Points of a curve, with their places on each axis.

    Attributes:
        y: float64[n]; NaN where the curve has a gap.
        step: float64[n].
        epoch: float64[n]; None where the run has no epochs.
        seconds: float64[n], since the run's first row.
    """

    y: NDArray[np.float64]
    step: NDArray[np.float64] | None
    epoch: NDArray[np.float64] | None
    seconds: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """One curve of a chart.

    Attributes:
        run: Which of the report's runs.
        name: The metric's name, as it was logged.
        role: Whether it is of training, of validation, or neither.
        n_values: How many values were recorded.
        n_not_finite: How many of them are NaN or infinite.
        points: Those that are drawn; all, or the chosen ones of a long curve.
        means: Of a long curve, the means of stretches of as many rows each: what is smoothed.
        best: The best epoch's point, on the curve that it belongs to.
    """

    run: int
    name: str
    role: Role
    n_values: int
    n_not_finite: int
    points: Points
    means: Points | None = None
    best: Points | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """Curves in one frame.

    Attributes:
        title: A metric's name, or what the names of two have in common.
        table: Whose rows.
        unit: The unit of its values, None where it is not known.
        traces: One or more.
    """

    title: str
    table: Table
    unit: str | None
    traces: Sequence[Trace]


@dataclass(frozen=True, slots=True)
class ChartGroup:
    """Charts under one heading.

    Attributes:
        title: The heading.
        table: Whose rows.
        charts: One or more.
        is_open: Whether they are unfolded when the page opens.
    """

    title: str
    table: Table
    charts: Sequence[Chart]
    is_open: bool


@dataclass(frozen=True, slots=True)
class MetricFacts:
    """A metric of a run in numbers; None where it has no finite value.

    Attributes:
        table: Whose column.
        name: As it was logged.
        n_values: How many values were recorded.
        n_not_finite: How many of them are NaN or infinite.
        last: The value that was logged last, whatever it is and whatever its label.
        lowest: The lowest finite one.
        highest: The highest.
        mean: The mean of the finite ones.
    """

    table: Table
    name: str
    n_values: int
    n_not_finite: int
    last: float | None
    lowest: float | None
    highest: float | None
    mean: float | None


@dataclass(frozen=True, slots=True)
class RunFacts:
    """One run.

    Attributes:
        name: The experiment's name.
        run_id: The run's id.
        label: What tells it from the report's other runs.
        path: Where it was read; None for a run in memory.
        state: ``"running"``, ``"closed"``, ``"crashed"``, ``"packed"`` or ``"in memory"``.
        n_steps: Rows of the steps.
        n_epochs: Rows of the epochs.
        created: When it was begun (UTC).
        duration_secs: From its first row to its last.
        trained_secs: The same without the time until it was resumed.
        summary: As `get_training_summary` gives it.
        model_config: As the log keeps it.
        training_config: Likewise.
        environment: What was captured of machine and software.
        early_stopping: What the training said of its early stopping.
        attempts: The first one first.
        log: The log's report on what was read.
        metrics: Each column of numbers.
        not_drawn: Columns none of whose values are numbers.
        findings: The gravest first.
    """

    name: str
    run_id: str
    label: str
    path: str | None
    state: str
    n_steps: int
    n_epochs: int
    created: datetime | None
    duration_secs: float
    trained_secs: float
    summary: Mapping[str, Any]
    model_config: Any
    training_config: Any
    environment: Mapping[str, Any]
    early_stopping: Mapping[str, Any]
    attempts: Sequence[Attempt]
    log: Mapping[str, Any]
    metrics: Sequence[MetricFacts]
    not_drawn: Sequence[str]
    findings: Sequence[Finding]


@dataclass(frozen=True, slots=True)
class Report:
    """Runs, and the charts of all of them.

    Attributes:
        runs: In the order in which they were given.
        groups: The charts.
        n_left_out: Charts beyond the limit.
        points_each: About how many points a curve is drawn with, where it has more values.
        written: When the report was made (UTC).
        version: The package's version.
    """

    runs: Sequence[RunFacts]
    groups: Sequence[ChartGroup]
    n_left_out: int
    points_each: int
    written: datetime
    version: str
