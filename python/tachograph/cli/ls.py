"""`tacho ls`: the runs below a directory."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

import tachograph
from tachograph.cli.exits import Exit
from tachograph.cli.options import json_option
from tachograph.cli.output import emit, emit_json, warn
from tachograph.cli.table import Column, print_table
from tachograph.cli.target import find_runs
from tachograph.exceptions import TachographError
from tachograph.overview.wording import NOTHING, age, loss_text, printable, size, state_word

_LONG_AGO = datetime.min.replace(tzinfo=UTC)

_COLUMNS = (
    Column("experiment", gives_way=True),
    Column("run id", gives_way=True, leaves=2),
    Column("state"),
    Column("steps", numeric=True, leaves=4),
    Column("epochs", numeric=True, leaves=6),
    Column("best loss", numeric=True, leaves=1),
    Column("age", numeric=True, leaves=3),
    Column("size", numeric=True, leaves=5),
)


@click.command("ls")
@click.argument("directory", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
@json_option
def command(directory: Path | None, *, as_json: bool) -> Exit:
    """Lists the runs at DIR and below it, the last one started at the bottom.

    DIR is $TACHO_DIR, or `runs` in the working directory, unless it is given. The best loss is the
    validation loss of the best epoch, or its training loss where no epoch has one; a run's age is
    the time since it was started. Ends with exit code 3 where damage was met in what is listed, and
    with 1 where a run cannot be opened.
    """
    root = directory or Path(os.environ.get("TACHO_DIR") or "runs")
    paths = find_runs(root)
    now = datetime.now(UTC)
    runs = [facts for path in paths if (facts := _facts(path, now)) is not None]
    runs.sort(key=lambda facts: facts["started"] or _LONG_AGO)
    if as_json:
        emit_json(runs)
    elif runs:
        print_table(_COLUMNS, [_row(facts) for facts in runs])
    else:
        emit(f"no runs in {printable(root)}")
    if len(runs) < len(paths):
        return Exit.ERROR
    return Exit.DAMAGED if any(facts["damaged"] for facts in runs) else Exit.OK


def _facts(path: Path, now: datetime) -> dict[str, Any] | None:
    """What the list says of a run; None, with a line on standard error, for an unreadable one."""
    try:
        with tachograph.open(path) as run:
            status, attempts = run.status, run.attempts
            best = run.get_best_epoch()
            started = attempts[0].started if attempts else None
            is_val = best is not None and best.val_loss is not None
            return {
                "path": str(path),
                "experiment_name": run.experiment_name,
                "run_id": run.run_id,
                "state": status.state,
                "damaged": status.damaged or status.rows_lost > 0,
                "steps": len(run.steps),
                "epochs": status.epochs,
                "best_epoch": None if best is None else best.epoch,
                "best_val_loss": None if best is None else best.val_loss,
                "best_loss": None if best is None else best.val_loss if is_val else best.train_loss,
                "bytes": status.bytes,
                "started": started,
                "age_seconds": None if started is None else (now - started).total_seconds(),
            }
    except (TachographError, OSError) as error:
        warn(f"error: {printable(path)}: {printable(error, max_chars=500)}")
        return None


def _row(facts: dict[str, Any]) -> list[str]:
    state = state_word(facts["state"])
    return [
        printable(facts["experiment_name"]) or NOTHING,
        printable(facts["run_id"]),
        state + (", damaged" if facts["damaged"] else ""),
        f"{facts['steps']:,}",
        f"{facts['epochs']:,}",
        loss_text(facts["best_loss"], is_val=facts["best_val_loss"] is not None),
        NOTHING if facts["age_seconds"] is None else age(facts["age_seconds"]),
        size(facts["bytes"]),
    ]
