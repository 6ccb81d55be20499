"""`tacho pack`: makes one self-contained file of a run."""

import errno
import os
from pathlib import Path

import click

from tachograph.cli.damage import warn_of_damage
from tachograph.cli.exits import Exit
from tachograph.cli.options import json_option, run_argument
from tachograph.cli.output import emit, emit_json
from tachograph.cli.target import locate
from tachograph.overview.damage import is_damaged
from tachograph.overview.wording import printable, size
from tachograph.records.log_file import PACKED_SUFFIX
from tachograph.records.salvage import pack, verify


@click.command("pack")
@run_argument
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="The file to write.  [default: the run's directory name with .tacho, here]",
)
@json_option
def command(run_path: Path, *, output: Path | None, as_json: bool) -> Exit:
    """Makes one file of a live, crashed or closed run, to copy anywhere and open there.

    Ends with exit code 3 where the run is damaged: the file then holds what can be read.
    """
    run = locate(run_path)
    target = output or Path(run.resolve().stem + PACKED_SUFFIX)
    if target.exists():
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
    packed = pack(run, target)
    # Packing copies what it finds; what came across is found out by reading it.
    report = verify(target)
    if is_damaged(packed) and not is_damaged(report):
        # The copy has an index of its own: only its source says that an end is missing.
        report |= {key: packed[key] for key in ("damage", "rows_lost", "rows_lost_known")}
    if as_json:
        emit_json({"path": str(run), "target": str(target), **packed, **report})
    else:
        warn_of_damage(report)
        where = printable(target, max_chars=1000)
        emit(f"{packed['rows']:,} rows, {size(packed['bytes'])}: {where}")
    return Exit.DAMAGED if is_damaged(report) else Exit.OK
