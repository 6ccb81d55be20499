"""`tacho tail`: follows a run, as a live view on a terminal or row by row."""

import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import click
from rich.console import Console

import tachograph
from tachograph.cli.damage import exit_of
from tachograph.cli.exits import Exit
from tachograph.cli.options import run_argument
from tachograph.cli.output import emit, emit_json, warn
from tachograph.cli.target import locate
from tachograph.overview.epoch_values import epoch_values
from tachograph.overview.wording import number, printable
from tachograph.records import EpochRecord, Run, StepRecord
from tachograph.records.lazy_sequence import LazySequence
from tachograph.terminal.live_view import follow_on_terminal

_CHUNK_ROWS = 1024
_EPOCH_NUMBERS = ("train_loss", "val_loss", "learning_rate", "gradient_norm", "epoch_time")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of either table as it is printed."""

    table: str
    label: int
    wall_time: datetime
    values: Mapping[str, Any]

    @property
    def identity(self) -> tuple[int, datetime]:
        """What tells a row from one that a resumed run put in its place."""
        return self.label, self.wall_time


@click.command("tail")
@run_argument
@click.option(
    "-n",
    "--rows",
    type=click.IntRange(min=0),
    default=10,
    show_default=True,
    help="How many of the rows that are there already, row by row.",
)
@click.option(
    "--table",
    type=click.Choice(["steps", "epochs"]),
    default="steps",
    show_default=True,
    help="Which rows, row by row.",
)
@click.option(
    "--every",
    "poll_secs",
    type=click.FloatRange(min=0.01),
    default=0.2,
    show_default=True,
    help="Seconds between two looks.",
)
@click.option(
    "--total",
    "total_steps",
    type=click.IntRange(min=1),
    help="How many steps there will be, for the time that is left.  [default: what the run says]",
)
@click.option("--plain", is_flag=True, help="Print row by row on a terminal, too.")
@click.option("--json", "as_json", is_flag=True, help="Print one line of strict JSON a row.")
def command(
    run_path: Path,
    *,
    rows: int,
    table: str,
    poll_secs: float,
    total_steps: int | None,
    plain: bool,
    as_json: bool,
) -> Exit:
    """Follows a run until it is closed.

    On a terminal: each metric's last value and course, the pace, what is left, the best epoch, and
    what stands out, drawn in place. Elsewhere, and with --plain or --json, the last rows of the run
    and then each new one, a line a row. Ctrl-C ends it; the run does not notice. Ends with exit
    code 3 where what was read is damaged.
    """
    console = Console(highlight=False)
    with tachograph.open(locate(run_path)) as run:
        # Rich takes a pipe for a terminal where FORCE_COLOR is set.
        draws = sys.stdout.isatty() and not console.is_dumb_terminal
        if draws and not (plain or as_json):
            with _clean_end():
                follow_on_terminal(run, console, total_steps=total_steps, poll_secs=poll_secs)
        else:
            show = _print_json if as_json else _print_text
            for row in _follow(run, table, n_before=rows, poll_secs=poll_secs):
                show(row)
        if run.status.state == "crashed":
            warn("the writer is gone and did not close the run")
        return exit_of(run.report)


@contextmanager
def _clean_end() -> Iterator[None]:
    """Lets SIGTERM leave the terminal as Ctrl-C does, with its cursor."""

    def end(_number: int, _frame: FrameType | None) -> NoReturn:
        sys.exit(Exit.TERMINATED)

    before = signal.getsignal(signal.SIGTERM)
    if before is None:  # not from Python, so that it could not be given back: it stays
        yield
        return
    signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _follow(run: Run, table: str, *, n_before: int, poll_secs: float) -> Iterator[Row]:
    """Rows from the last `n_before` on, until nobody writes the run any more."""
    records, row_of = _source(run, table)
    position = max(0, len(records()) - n_before)
    last: Row | None = None
    while True:
        # Asked first: rows written before the writer went away are then sure to be seen.
        running = run.status.state == "running"
        visible = records()
        if last is not None:
            position = _after(visible, position, last=last, row_of=row_of)
        # Many at a time: each access looks for what was written since.
        while chunk := visible[position : position + _CHUNK_ROWS]:
            position += len(chunk)
            for record in chunk:
                last = row_of(record)
                yield last
        if not running:
            return
        time.sleep(poll_secs)


def _after(
    visible: LazySequence[Any], position: int, *, last: Row, row_of: Callable[[Any], Row]
) -> int:
    """The position of the first row after `last`.

    Usually it has not moved. A resumed run hides the rows that it replaces, and shows others at
    their positions: then the rows are those that were logged later than `last`.
    """
    if 0 < position <= len(visible) and row_of(visible[position - 1]).identity == last.identity:
        return position
    position = len(visible)
    while position and row_of(visible[position - 1]).wall_time > last.wall_time:
        position -= 1
    return position


def _source(run: Run, table: str) -> tuple[Callable[[], LazySequence[Any]], Callable[[Any], Row]]:
    if table == "steps":
        return lambda: run.steps.raw, _step_row
    return lambda: run.epochs, _epoch_row


def _step_row(record: StepRecord) -> Row:
    return Row("steps", record.step, record.wall_time, record.metrics)


def _epoch_row(record: EpochRecord) -> Row:
    fields = {name: getattr(record, name) for name in _EPOCH_NUMBERS}
    values = epoch_values(fields, record.train_metrics, record.val_metrics, names=_EPOCH_NUMBERS)
    return Row("epochs", record.epoch, record.timestamp, values)


def _print_text(row: Row) -> None:
    values = "  ".join(
        f"{printable(name)}={_shown(value)}"
        for name, value in row.values.items()
        if value is not None
    )
    emit(f"{row.table.removesuffix('s')} {row.label}  {values}".rstrip())


def _print_json(row: Row) -> None:
    emit_json(
        {
            "table": row.table,
            row.table.removesuffix("s"): row.label,
            "wall_time": row.wall_time,
            "values": row.values,
        },
        indent=None,
    )


def _shown(value: Any) -> str:
    return number(value) if isinstance(value, int | float) else printable(value)
