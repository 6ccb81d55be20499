"""A run in words and numbers: what it is, how it went, what stands out, each metric's course."""

from functools import partial
from typing import Any

from tachograph.cli.output import emit
from tachograph.cli.summary import print_stability, print_summary
from tachograph.cli.table import Cell, Column, Fitted, can_show, print_table
from tachograph.overview import sparkline
from tachograph.overview.columns import Courses
from tachograph.overview.course import Course
from tachograph.overview.finding import finding_line
from tachograph.overview.findings import Finding, findings
from tachograph.overview.wording import (
    NOTHING,
    counted,
    moment,
    number,
    printable,
    size,
    state_word,
)
from tachograph.records import Run

_COURSE_CHARS = 40
_MAX_FINDINGS = 20


def facts_of(run: Run, columns: Courses) -> dict[str, Any]:
    """What `tacho show --json` prints.

    Args:
        run: The run.
        columns: The courses of its columns.
    """
    found = findings(run, columns)
    status, summary = run.status, run.get_training_summary()
    return {
        "path": str(run.path),
        "run_id": run.run_id,
        "experiment_name": run.experiment_name,
        "state": status.state,
        "steps": len(run.steps),
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


def print_run(run: Run, columns: Courses) -> None:
    """Prints what `tacho show` tells.

    Args:
        run: The run.
        columns: The courses of its columns.
    """
    found = findings(run, columns)
    status, attempts = run.status, run.attempts
    state = state_word(status.state)
    name = printable(run.experiment_name) or NOTHING
    emit(f"{name}  {printable(run.run_id)}  {state}")
    emit(printable(run.path, max_chars=1000))
    started = moment(attempts[0].started if attempts else None)
    emit(
        f"{counted(len(run.steps), 'step')}, {counted(status.epochs, 'epoch')}, "
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
