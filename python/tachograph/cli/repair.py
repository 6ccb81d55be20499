"""`tacho repair`: writes what a run still holds into a new one."""

from pathlib import Path

import click

from tachograph.cli.damage import warn_of_damage
from tachograph.cli.exits import Exit
from tachograph.cli.options import json_option, run_argument
from tachograph.cli.output import emit, emit_json
from tachograph.cli.target import locate
from tachograph.exceptions import RunExistsError
from tachograph.overview.damage import is_damaged, lost_text
from tachograph.overview.wording import counted, printable
from tachograph.records.salvage import repair


@click.command("repair")
@run_argument
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="Directory of the new run, which must not exist.  [default: RUN-repaired, beside RUN]",
)
@json_option
def command(run_path: Path, *, output: Path | None, as_json: bool) -> Exit:
    """Writes every row that can still be read into a new, closed run; RUN stays as it is.

    The new run keeps the name and the id of RUN, and says what RUN had lost. Ends with exit code 3
    where RUN is damaged, and with 0 where a crash alone ended it.
    """
    run = locate(run_path)
    target = output or run.resolve().with_name(f"{run.resolve().stem}-repaired")
    if target.exists():
        raise RunExistsError(f"it exists already: {target}", path=target)
    report = repair(run, target)
    damaged = is_damaged(report)
    if as_json:
        emit_json({"path": str(run), "target": str(target), **report})
    else:
        warn_of_damage(report)
        kept = counted(report["rows"], "row")
        where = printable(target, max_chars=1000)
        emit(f"{kept} kept, {lost_text(report)}: {where}")
    return Exit.DAMAGED if damaged else Exit.OK
