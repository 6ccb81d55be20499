"""`tacho show`: what a run is, how it went, and the course of each metric."""

from functools import partial
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

import tachograph
from tachograph.analysis.column_names import column_names
from tachograph.cli import sparkline
from tachograph.cli.damage import warn_of_damage
from tachograph.cli.options import json_option, run_argument
from tachograph.cli.output import counted, emit, emit_json, moment, number, printable, size
from tachograph.cli.summary import print_stability, print_summary
from tachograph.cli.table import Cell, Column, Fitted, can_show, print_table
from tachograph.cli.target import locate
from tachograph.records import Run

_COURSE_CHARS = 32
Values = NDArray[np.float64] | NDArray[np.int64]

_TABLES = ("steps", "epochs")
# A flag, whose history says nothing as a curve.
_NO_COURSE = frozenset({"is_best"})


@click.command("show")
@run_argument
@json_option
def command(run_path: Path, *, as_json: bool) -> None:
    """Shows a run: its state, training summary, stability, and the course of each metric."""
    with tachograph.open(locate(run_path)) as run:
        if as_json:
            emit_json(_facts(run))
        else:
            _print(run)
        # Last: damage comes to light when the damaged part is read.
        warn_of_damage(run.report)


def _facts(run: Run) -> dict[str, Any]:
    status = run.status
    metrics = {table: _courses(run, table) for table in _TABLES}
    return {
        "path": str(run.path),
        "run_id": run.run_id,
        "experiment_name": run.experiment_name,
        "state": status.state,
        "steps": status.steps,
        "epochs": status.epochs,
        "bytes": status.bytes,
        "holder": status.holder,
        "attempts": run.attempts,
        "report": run.report,
        "training_summary": run.get_training_summary(),
        "stability_analysis": run.analyze_training_stability(),
        "metrics": metrics,
    }


def _courses(run: Run, table: str) -> dict[str, dict[str, Any]]:
    """First, last, lowest and highest value of each column of numbers."""
    # The names of the epochs' columns have no public accessor.
    names = column_names(run._columns(), "steps" if table == "steps" else "epochs")  # noqa: SLF001
    return {
        name: _course(run.history(name, table=table)[1]) for name in names if name not in _NO_COURSE
    }


def _course(values: Values) -> dict[str, Any]:
    finite = values[np.isfinite(values)]
    return {
        "values": len(values),
        "first": values[0] if len(values) else None,
        "last": values[-1] if len(values) else None,
        "min": finite.min() if len(finite) else None,
        "max": finite.max() if len(finite) else None,
        "not_finite": len(values) - len(finite),
    }


def _print(run: Run) -> None:
    status, attempts = run.status, run.attempts
    emit(f"{printable(run.experiment_name)}  {printable(run.run_id)}  {status.state}")
    emit(printable(run.path, max_chars=1000))
    started = moment(attempts[0].started if attempts else None)
    emit(
        f"{counted(status.steps, 'step')}, {counted(status.epochs, 'epoch')}, "
        f"{counted(len(attempts), 'attempt')}, {size(status.bytes)}, started {started}"
    )
    emit()
    if status.epochs:
        print_summary(run.get_training_summary())
        print_stability(run.analyze_training_stability())
    for table in _TABLES:
        _print_courses(run, table)


def _print_courses(run: Run, table: str) -> None:
    courses = _courses(run, table)
    if not courses:
        return
    levels = sparkline.BLOCKS if can_show(sparkline.BLOCKS) else sparkline.ASCII
    columns = [
        Column("metric", gives_way=True),
        *(Column(heading, numeric=True) for heading in ("values", "first", "last", "min", "max")),
        Column("course", gives_way=True),
        Column(""),
    ]
    emit(table.capitalize())
    rows = [
        _row(name, course, run.history(name, table=table)[1], levels)
        for name, course in courses.items()
    ]
    print_table(columns, rows)
    emit()


def _row(name: str, course: dict[str, Any], values: Values, levels: str) -> list[Cell]:
    return [
        printable(name),
        f"{course['values']:,}",
        *(number(course[key]) for key in ("first", "last", "min", "max")),
        Fitted(partial(sparkline.sparkline, values, levels=levels), most=_COURSE_CHARS),
        f"{course['not_finite']:,} not finite" if course["not_finite"] else "",
    ]
