"""`tacho import`: a run of what another recorder has left behind."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import cast

import click
from rich.progress import DownloadColumn

from tachograph.cli.bar import patient_bar
from tachograph.cli.exits import Exit
from tachograph.cli.options import json_option
from tachograph.cli.output import emit, emit_json, warn
from tachograph.exceptions import RunExistsError, TachographError
from tachograph.importers import ImportReport, import_any, planned_imports
from tachograph.importers.import_report import SourceKind
from tachograph.importers.source import size_of_source
from tachograph.overview.wording import counted, printable, size
from tachograph.records.log_file import is_run

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
    Keras or `tacho export`, a record as JSON or pickle, or a run file of W&B. A directory with
    several of them below it, as `tensorboard --logdir` takes, makes as many runs below DEST. What
    has no place in a run is counted and named. Ends with exit code 3 where something was damaged:
    the rest is imported.
    """
    chosen = cast("SourceKind | None", kind)
    pairs = planned_imports(source, dest, kind=chosen)
    if pairs != [(source, dest)]:
        return _import_many(pairs, dest, chosen, merge_within, as_json=as_json)
    report = _imported(source, dest, chosen, merge_within)
    if as_json:
        emit_json(asdict(report))
    else:
        _print(report)
    return Exit.DAMAGED if report.is_damaged else Exit.OK


def _import_many(
    pairs: list[tuple[Path, Path]],
    dest: Path,
    kind: SourceKind | None,
    merge_within_secs: float,
    *,
    as_json: bool,
) -> Exit:
    if is_run(dest):
        raise RunExistsError(
            f"a run cannot hold others; choose another name than {dest}", path=dest
        )
    reports = []
    for source, place in pairs:
        try:
            report = _imported(source, place, kind, merge_within_secs, one_of_many=True)
        except (TachographError, OSError) as error:
            warn(f"error: {_shown(source)}: {printable(error, max_chars=_PATH_CHARS)}")
            continue
        reports.append(report)
        if not as_json:
            _print(report, of_many=True)
    if as_json:
        emit_json([asdict(report) for report in reports])
    if len(reports) < len(pairs):
        warn(f"{len(pairs) - len(reports)} of {counted(len(pairs), 'run')} not imported")
        return Exit.ERROR
    return Exit.DAMAGED if any(report.is_damaged for report in reports) else Exit.OK


def _imported(
    source: Path,
    dest: Path,
    kind: SourceKind | None,
    merge_within_secs: float,
    *,
    one_of_many: bool = False,
) -> ImportReport:
    total = size_of_source(source) if source.exists() else 0
    with patient_bar("importing", DownloadColumn()) as show:
        return import_any(
            source,
            dest,
            kind=kind,
            merge_within_secs=merge_within_secs,
            on_progress=show and (lambda n_bytes: show(n_bytes, total)),
            one_of_many=one_of_many,
        )


def _shown(path: Path) -> str:
    return printable(path, max_chars=_PATH_CHARS)


def _print(report: ImportReport, *, of_many: bool = False) -> None:
    rows = [counted(report.steps, "step")] if report.steps or not report.epochs else []
    rows += [counted(report.epochs, "epoch")] if report.epochs else []
    what = ", ".join([*rows, counted(report.values, "value")] if report.values else rows)
    emit(f"{what}: {_shown(report.path)}")
    for line in _notes(report):
        warn(f"{_shown(report.source)}: {line}" if of_many else line)


def _notes(report: ImportReport) -> Iterator[str]:
    """What was left out or is not as it was."""
    if report.damaged:
        places = counted(report.damaged, "place")
        yield f"damaged: {places}, {size(report.damaged_bytes)}; what is sound was imported"
    if report.malformed:
        makes = "makes" if report.malformed == 1 else "make"
        yield f"damaged: {counted(report.malformed, 'record')} that {makes} no sense"
    for path in report.foreign_files:
        yield f"no event file: {_shown(path)}"
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
