"""CSV files: of Lightning's and Keras' CSVLogger, and our own exports."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from tachograph.exceptions import RecordFormatError
from tachograph.export.target import checked_path
from tachograph.importers.csv_epochs import (
    import_keras_epochs,
    import_own_epochs,
    is_own_header,
)
from tachograph.importers.csv_steps import import_steps
from tachograph.importers.csv_table import CsvTable, open_table
from tachograph.importers.csv_tally import CsvTally
from tachograph.importers.import_report import ImportReport
from tachograph.importers.new_run import NewRun, new_run
from tachograph.importers.source_tree import LIGHTNING_CSV
from tachograph.records.experiment import Experiment
from tachograph.records.instants import moment_of

__all__ = ["import_csv"]

_LONG = ("metric", "value")
# What stands in front of them; with a column of numbers there, the two are metrics' names too.
_OF_THE_ROW = frozenset(
    {"run", "run_id", "name", "step", "epoch", "attempt", "wall_time", "timestamp"}
)


def import_csv(path: str | os.PathLike[str], dest: str | os.PathLike[str]) -> ImportReport:
    """Makes a run of a CSV file; what it is, its header says.

    A column ``step`` makes it steps: ``metrics.csv`` of Lightning, our own export of steps. Without
    one, a column ``epoch`` makes it epochs: Keras' CSVLogger, our own export of epochs. Only our
    own files know wall times; rows of others get the time at which the file was last written.

    Args:
        path: The file, packed if it ends in ``.gz`` or ``.zst``, or a directory with
            ``metrics.csv``.
        dest: The directory of the new run, which must not exist.

    Returns:
        What was read, and what was left out.

    Raises:
        ArgumentTypeError: An argument has the wrong type.
        RunNotFoundError: There is no such file.
        RunExistsError: There is something at `dest`.
        RecordFormatError: It is no CSV file, has neither a step nor an epoch, or a line a value.
        InvalidArgumentError: A metric mixes floats with integers beyond 2**53.
        OSError: A file cannot be read or written.
    """
    source = checked_path(path)
    file = source / LIGHTNING_CSV if source.is_dir() else source
    with open_table(file) as table:
        file_micros = file.stat().st_mtime_ns // 1000
        importer = _importer(table, file)
        with new_run(dest) as run:
            tally = importer(table, run, file_micros)
            is_steps = importer is import_steps
            report = ImportReport(
                kind="csv",
                source=source,
                path=run.path,
                steps=tally.rows if is_steps else 0,
                epochs=0 if is_steps else tally.rows,
                values=tally.values,
                skipped=dict(+tally.skipped),
                torn_bytes=table.torn_bytes,
                malformed=tally.malformed + table.bad_lines,
                odd_wall_times=tally.odd_wall_times,
                restarts=tally.attempts,
            )
            first = tally.first_micros
            created = None if first is None else moment_of(first)
            name = file.absolute().parent.name if file.name == LIGHTNING_CSV else file.stem
            run.describe(Experiment(name=name, run_id="", created=created), report)
    return report


def _importer(table: CsvTable, file: Path) -> Callable[[CsvTable, NewRun, int], CsvTally]:
    if tuple(table.header[-2:]) == _LONG and _OF_THE_ROW.issuperset(table.header[:-2]):
        message = f"it has a line a value; export it with a column a metric (wide): {file}"
        raise RecordFormatError(message, path=file)
    if is_own_header(table.header):
        return import_own_epochs
    if "step" in table.header:
        return import_steps
    if "epoch" in table.header:
        return import_keras_epochs
    message = f"no column is called step or epoch: {file}"
    raise RecordFormatError(message, path=file)
