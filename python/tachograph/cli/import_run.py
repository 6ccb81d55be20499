"""`tacho import`: a run of what another recorder has left behind."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as ProgressBar

from tachograph.cli.exits import Exit
from tachograph.cli.options import json_option
from tachograph.cli.output import counted, emit, emit_json, printable, size, warn
from tachograph.importers import ImportReport, import_any
from tachograph.importers.source import size_of_source

_PATIENCE_SECS = 1.0
_REDRAW_SECS = 0.1
_PATH_CHARS = 1000


@click.command("import")
@click.argument("source", type=click.Path(path_type=Path, exists=False))
@click.argument("dest", type=click.Path(path_type=Path, exists=False))
@click.option(
    "--from",
    "kind",
    type=click.Choice(["tensorboard", "csv", "record", "wandb"]),
    help="What SOURCE is.  [default: told from its name and content]",
)
@click.option(
    "--merge-within",
    type=click.FloatRange(min=0),
    default=1.0,
    show_default=True,
    metavar="SECONDS",
    help="Of event files: how far apart in time scalars of one row may lie; 0 keeps every time.",
)
@json_option
def command(
    source: Path, dest: Path, *, kind: str | None, merge_within: float, as_json: bool
) -> Exit:
    """Makes a run at DEST, which must not exist, of SOURCE.

    SOURCE is a directory of TensorBoard's event files or one of them, a CSV file of Lightning,
    Keras or `tacho export`, a record as JSON or pickle, or a run file of W&B. What has no place in
    a run is counted and named. Ends with exit code 3 where something was damaged: the rest is
    imported.
    """
    with _progress(source) as on_progress:
        report = import_any(
            source,
            dest,
            kind=kind,  # type: ignore[arg-type]  # click has checked it
            merge_within_secs=merge_within,
            on_progress=on_progress,
        )
    if as_json:
        emit_json(asdict(report))
    else:
        _print(report)
    return Exit.DAMAGED if report.is_damaged else Exit.OK


@contextmanager
def _progress(source: Path) -> Iterator[Callable[[int], None] | None]:
    """A bar on standard error, on a terminal, once it takes over a second."""
    console = Console(stderr=True)
    if not console.is_terminal or console.is_dumb_terminal or not source.exists():
        yield None
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
    )
    bar = ProgressBar(*columns, console=console, auto_refresh=False, transient=True)
    task = bar.add_task("importing", total=size_of_source(source))
    begun = drawn = time.monotonic()

    def show(n_bytes: int) -> None:
        nonlocal drawn
        now = time.monotonic()
        if now - begun >= _PATIENCE_SECS and now - drawn >= _REDRAW_SECS:
            drawn = now
            bar.start()
            bar.update(task, completed=n_bytes)
            bar.refresh()

    try:
        yield show
    finally:
        bar.stop()


def _print(report: ImportReport) -> None:
    rows = [counted(report.steps, "step")] if report.steps or not report.epochs else []
    rows += [counted(report.epochs, "epoch")] if report.epochs else []
    what = ", ".join([*rows, counted(report.values, "value")] if report.values else rows)
    emit(f"{what}: {printable(report.path, max_chars=_PATH_CHARS)}")
    for line in _notes(report):
        warn(line)


def _notes(report: ImportReport) -> Iterator[str]:
    """What was left out or is not as it was."""
    if report.damaged:
        places = counted(report.damaged, "place")
        yield f"damaged: {places}, {size(report.damaged_bytes)}; what is sound was imported"
    if report.malformed:
        yield f"damaged: {counted(report.malformed, 'record')} that make no sense"
    for path in report.foreign_files:
        yield f"no event file: {printable(path, max_chars=_PATH_CHARS)}"
    if report.torn_bytes:
        yield f"the end is torn: {size(report.torn_bytes)} of what was being written are left out"
    for kind, count in report.skipped.items():
        yield f"left out: {count:,} x {printable(kind)}"
    if report.wall_times_merged:
        moved = f"at most {report.wall_time_moved_secs:.6f} s"
        merged = counted(report.wall_times_merged, "value")
        yield f"{merged} took the wall time of their row, {moved} away"
    if report.odd_wall_times:
        yield f"{counted(report.odd_wall_times, 'row')} without a wall time that a calendar has"
    if report.restarts:
        yield f"{counted(report.restarts, 'restart')}: each begins an attempt"
