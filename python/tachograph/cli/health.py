"""`tacho health`: what the rules of health meet in a run, and what to do about it."""

from collections.abc import Sequence
from pathlib import Path

import click

from tachograph.cli.exits import Exit
from tachograph.cli.options import json_option, run_argument
from tachograph.cli.output import emit, emit_json
from tachograph.cli.table import Column, print_table
from tachograph.cli.target import locate
from tachograph.health.report import HealthReport, where_text
from tachograph.overview.wording import printable

_MOST_SHOWN = 50
_TEXT_CHARS = 300
_COLUMNS = (
    Column("severity"),
    Column("where", numeric=True),
    Column("code"),
    Column("what", gives_way=True),
)


@click.command("health")
@run_argument
@json_option
@click.option(
    "--threshold",
    "given",
    metavar="NAME=VALUE",
    multiple=True,
    help="A parameter of a rule that differs from its default; may come several times. Only what"
    " is found with it is shown then, and not what was recorded.",
)
def command(run_path: Path, given: Sequence[str], *, as_json: bool) -> Exit:
    """Shows what is wrong with a training: exploding gradients, NaN, divergence, and so on.

    Looks through every row, and at what was recorded while the run was watched. Ends with exit code
    5 where there is an error or a warning, also of a run that is still going; notes are no trouble.
    Damage comes first: of a damaged run what can be read is shown, and the exit code is 3.
    """
    thresholds = dict(map(_threshold, given))
    path = locate(run_path)
    from tachograph.cli.damage import exit_of
    from tachograph.records import Run

    with Run(path) as run:
        report = run.diagnose(**thresholds)
        damaged = exit_of(run.report)
    if as_json:
        emit_json({"path": str(path), "ok": report.ok, "findings": report})
    else:
        _print(path, report)
    return damaged or (Exit.OK if report.ok else Exit.UNHEALTHY)


def _threshold(text: str) -> tuple[str, float]:
    name, is_there, value = text.partition("=")
    try:
        return name.strip(), float(value if is_there else "")
    except ValueError:
        message = f"must be NAME=VALUE with a number, not {printable(text)!r}"
        raise click.BadParameter(message, param_hint="'--threshold'") from None


def _print(path: Path, report: HealthReport) -> None:
    if not report:
        emit(f"healthy: {printable(path, max_chars=1000)}: no findings")
        return
    shown = report[:_MOST_SHOWN]
    rows = [
        (one.severity, where_text(one), one.code, printable(one.message, max_chars=_TEXT_CHARS))
        for one in shown
    ]
    print_table(_COLUMNS, rows)
    if len(report) > len(shown):
        emit(f"and {len(report) - len(shown):,} more; --json lists all")
    emit()
    for code, advice in {one.code: one.advice for one in shown}.items():
        emit(f"{printable(code)}: {printable(advice, max_chars=_TEXT_CHARS)}")
