"""`tacho repair`: writes what a run still holds into a new one."""

from pathlib import Path

import click

from tachograph.cli.damage import is_damaged, warn_of_damage
from tachograph.cli.exits import Exit
from tachograph.cli.options import json_option, run_argument
from tachograph.cli.output import emit, emit_json
from tachograph.cli.target import locate
from tachograph.exceptions import RunExistsError
from tachograph.overview.wording import printable
from tachograph.records.salvage import repair


@click.command("repair")
@run_argument
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="Directory of the new run; its name becomes the run id.  [default: RUN-repaired]",
)
@json_option
def command(run_path: Path, *, output: Path | None, as_json: bool) -> Exit:
    """Writes every row that can still be read into a new, closed run; RUN stays as it is.

    Ends with exit code 3 where rows were lost.
    """
    run = locate(run_path)
    target = output or run.resolve().with_name(f"{run.resolve().stem}-repaired")
    if target.exists():
        raise RunExistsError(f"it exists already: {target}", path=target)
    report = repair(run, target)
    lossy = bool(report["lossy"]) or is_damaged(report)
    if as_json:
        emit_json({"path": str(run), "target": str(target), **report})
    else:
        warn_of_damage(report)
        outcome = f"{report['rows_lost']:,} lost" if lossy else "none lost"
        emit(f"{report['rows']:,} rows kept, {outcome}: {printable(target, max_chars=1000)}")
    return Exit.DAMAGED if lossy else Exit.OK
