"""`tacho verify`: checks every byte of a run."""

from pathlib import Path

import click

from tachograph.cli.damage import warn_of_damage
from tachograph.cli.exits import Exit
from tachograph.cli.options import json_option, run_argument
from tachograph.cli.output import emit, emit_json
from tachograph.cli.target import locate
from tachograph.overview.damage import is_damaged
from tachograph.overview.wording import printable, size
from tachograph.records.salvage import verify


@click.command("verify")
@run_argument
@json_option
def command(run_path: Path, *, as_json: bool) -> Exit:
    """Reads every byte of a run and checks it against its checksums.

    Ends with exit code 3 where anything is damaged. A log that a crash cut off in the middle of a
    row is not damaged: every row that was acknowledged is there.
    """
    run = locate(run_path)
    report = verify(run)
    sound = bool(report["ok"]) and not is_damaged(report)
    if as_json:
        emit_json({"path": str(run), **report})
    else:
        warn_of_damage(report)
        verdict = "sound" if sound else "DAMAGED"
        emit(
            f"{verdict}: {printable(run)}: {report['rows']:,} rows in {report['frames']:,} frames, "
            f"{size(report['file_bytes'])}"
        )
        # Of a file that was cut they are told above, as damage.
        if report["torn_tail_bytes"] and report["rows_lost_known"]:
            emit(f"cut off by a crash: {size(report['torn_tail_bytes'])} at the end hold no row")
    return Exit.OK if sound else Exit.DAMAGED
