"""`tacho show`: what a run is, how it went, what stands out, and the course of each metric."""

from functools import partial
from pathlib import Path
from typing import Any

import click

import tachograph
from tachograph.cli.damage import exit_of
from tachograph.cli.exits import Exit
from tachograph.cli.options import json_option, run_argument
from tachograph.cli.output import emit, emit_json
from tachograph.cli.summary import print_stability, print_summary
from tachograph.cli.table import Cell, Column, Fitted, can_show, print_table
from tachograph.cli.target import locate
from tachograph.overview import sparkline
from tachograph.overview.columns import courses
from tachograph.overview.course import Course
from tachograph.overview.finding import finding_line
from tachograph.overview.findings import Finding, findings
from tachograph.overview.wording import counted, moment, number, printable, size, state_word
from tachograph.records import Run

_COURSE_CHARS = 40
_MAX_FINDINGS = 20


@click.command("show")
@run_argument
@json_option
def command(run_path: Path, *, as_json: bool) -> Exit:
    """Shows a run: its state, training summary, stability, findings, each metric's course.

    Ends with exit code 3 where the run is damaged: what can be read is shown.
    """
    with tachograph.open(locate(run_path)) as run:
        if as_json:
            emit_json(_facts(run))
        else:
            _print(run)
        return exit_of(run.report)


def _facts(run: Run) -> dict[str, Any]:
    columns = courses(run)
    found = findings(run, columns)
    status, summary = run.status, run.get_training_summary()
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
        "training_summary": summary,
        "stability_analysis": summary.get("stability_analysis", {}),
        "findings": found,
        "metrics": {
            table: {name: _course(course) for name, course in of_table.items()}
            for table, of_table in columns.items()
        },
    }


def _course(course: Course) -> dict[str, Any]:
    """First, last, lowest and highest value of a column."""
    return {
        "values": course.n,
        "first": course.first,
        "last": course.last,
        "min": course.low,
        "max": course.high,
        "not_finite": course.n_not_finite,
    }


def _print(run: Run) -> None:
    columns = courses(run)
    found = findings(run, columns)
    status, attempts = run.status, run.attempts
    state = state_word(status.state)
    emit(f"{printable(run.experiment_name)}  {printable(run.run_id)}  {state}")
    emit(printable(run.path, max_chars=1000))
    started = moment(attempts[0].started if attempts else None)
    emit(
        f"{counted(status.steps, 'step')}, {counted(status.epochs, 'epoch')}, "
        f"{counted(len(attempts), 'attempt')}, {size(status.bytes)}, started {started}"
    )
    emit()
    if status.epochs:
        summary = run.get_training_summary()
        print_summary(summary)
        print_stability(summary.get("stability_analysis", {}))
    _print_findings(found)
    for table, of_table in columns.items():
        _print_courses(table, of_table)


def _print_findings(found: list[Finding]) -> None:
    if not found:
        return
    emit("Findings")
    for finding in found[:_MAX_FINDINGS]:
        emit(f"  {finding_line(finding)}")
    if len(found) > _MAX_FINDINGS:
        emit(f"  and {len(found) - _MAX_FINDINGS} more; --json lists all")
    emit()


def _print_courses(table: str, of_table: dict[str, Course]) -> None:
    if not of_table:
        return
    levels = sparkline.BLOCKS if can_show(sparkline.BLOCKS) else sparkline.ASCII
    columns = [
        Column("metric", gives_way=True),
        Column("values", numeric=True, leaves=2),
        Column("first", numeric=True, leaves=3),
        *(Column(heading, numeric=True) for heading in ("last", "min", "max")),
        Column("course", gives_way=True, leaves=1),
        Column("", leaves=4),
    ]
    emit(table.capitalize())
    print_table(columns, [_row(name, course, levels) for name, course in of_table.items()])
    emit()


def _row(name: str, course: Course, levels: str) -> list[Cell]:
    return [
        printable(name),
        f"{course.n:,}",
        *(number(value) for value in (course.first, course.last, course.low, course.high)),
        Fitted(partial(sparkline.sparkline, course.means, levels=levels), most=_COURSE_CHARS),
        f"{course.n_not_finite:,} not finite" if course.n_not_finite else "",
    ]
