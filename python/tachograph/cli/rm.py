"""`tacho rm`: deletes a run."""

import shutil
import sys
from pathlib import Path

import click

import tachograph
from tachograph.cli.exits import Exit
from tachograph.cli.options import json_option, run_argument
from tachograph.cli.output import emit, emit_json, warn
from tachograph.cli.target import size_of
from tachograph.exceptions import RunLockedError, RunNotFoundError
from tachograph.overview.wording import printable, size
from tachograph.records.log_file import is_run

_REMOVING_PREFIX = ".removing-"


@click.command("rm")
@run_argument
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@json_option
def command(run_path: Path, *, yes: bool, as_json: bool) -> Exit:
    """Deletes a run with everything in its directory, after asking.

    RUN must be the run itself here, never a directory of runs. A run that is being written is
    left alone.
    """
    if not is_run(run_path):
        raise RunNotFoundError(f"not a run: {run_path}", path=run_path)
    if run_path.is_symlink():
        raise click.UsageError(f"a symbolic link, not a run: {printable(run_path)}")
    _refuse_while_written(run_path)
    n_bytes = size_of(run_path)
    if not yes and not _agreed(run_path, n_bytes):
        warn("nothing was deleted")
        return Exit.ERROR
    _delete(run_path)
    if as_json:
        emit_json({"deleted": str(run_path), "bytes": n_bytes})
    else:
        emit(f"deleted {printable(run_path, max_chars=1000)}, {size(n_bytes)}")
    return Exit.OK


def _refuse_while_written(path: Path) -> None:
    with tachograph.open(path) as run:
        status = run.status
    if status.state == "running":
        raise RunLockedError(
            f"it is being written by {status.holder or 'another process'}: {path}",
            path=path,
            holder=status.holder,
        )


def _agreed(path: Path, n_bytes: int) -> bool:
    """Asks on standard error; the end of a piped input is a no."""
    try:
        question = f"delete {printable(path, max_chars=1000)}, {size(n_bytes)}?"
        return click.confirm(question, default=False, err=True)
    except click.Abort:
        if sys.stdin.isatty():
            raise
        return False


def _delete(path: Path) -> None:
    """Out of sight first, so that a run is there whole or not at all."""
    leaving = path.with_name(_REMOVING_PREFIX + path.name)
    path.rename(leaving)
    if leaving.is_dir():
        shutil.rmtree(leaving)
    else:
        leaving.unlink()
