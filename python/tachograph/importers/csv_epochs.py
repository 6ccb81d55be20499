"""Rows of epochs out of a CSV file."""

# ruff: noqa: SLF001 -- what the core's writer offers to the package is private to it

from __future__ import annotations

from math import nan
from typing import Any

from tachograph.analysis.column_names import EPOCH_FIELDS
from tachograph.importers.csv_cells import (
    micros_in,
    number_in,
    value_in,
    whole_number_in,
)
from tachograph.importers.csv_names import original_names
from tachograph.importers.csv_table import CsvTable
from tachograph.importers.csv_tally import CsvTally
from tachograph.importers.formula_guard import unguarded
from tachograph.importers.new_run import NewRun
from tachograph.recorder.best_tracker import BestTracker

__all__ = ["import_keras_epochs", "import_own_epochs", "is_own_header"]

_OWN_HEADER = ["epoch", "timestamp", *EPOCH_FIELDS]
# What Keras calls the fields of an epoch, in older and newer versions.
_KERAS_FIELDS = {
    "loss": "train_loss",
    "val_loss": "val_loss",
    "lr": "learning_rate",
    "learning_rate": "learning_rate",
}
# What Keras writes for a value that an epoch lacks.
_KERAS_ABSENT = "NA"


def is_own_header(header: list[str]) -> bool:
    """Whether a file is an export of our epochs."""
    return header[: len(_OWN_HEADER)] == _OWN_HEADER


def import_own_epochs(table: CsvTable, run: NewRun, file_micros: int) -> CsvTally:
    """Records an export of epochs.

    Args:
        table: The file.
        run: The new run.
        file_micros: When the file was last written, microseconds since 1970 UTC; for rows without
            a readable timestamp.

    Returns:
        What came of it.
    """
    places = {name: at for at, name in enumerate(table.header)}
    metrics: dict[str, dict[str, int]] = {}
    for head in ("train_", "val_"):
        columns = [name for name in table.header if name.startswith(head)]
        columns = [name for name in columns if name not in EPOCH_FIELDS]
        names = original_names(columns, head=head, again="metric_", reserved=_OWN_HEADER)
        metrics[head] = {names[column]: places[column] for column in columns}
    tally = CsvTally()
    wall = file_micros
    for row in table.rows():
        epoch = whole_number_in(row[0])
        if epoch is None:
            tally.malformed += 1
            continue
        wall = tally.row_at(micros_in(row[1]), wall)
        fields = {name: tally.number(number_in(row[places[name]])) for name in EPOCH_FIELDS}
        train, val = (
            {name: tally.number(_own_value(row[at])) for name, at in metrics[head].items()}
            for head in ("train_", "val_")
        )
        run.writer._append_epoch(epoch, wall, fields, _present(train), _present(val), None)
    return tally


def import_keras_epochs(table: CsvTable, run: NewRun, file_micros: int) -> CsvTally:
    """Records a file with a column ``epoch`` and none called ``step``, as of Keras' CSVLogger.

    ``loss``, ``val_loss`` and ``learning_rate`` or ``lr`` are fields of an epoch, other columns
    metrics, of the validation where their names begin with ``val_``. The file knows no wall times:
    all rows get that of the file.

    Args:
        table: The file.
        run: The new run.
        file_micros: When the file was last written, microseconds since 1970 UTC.

    Returns:
        What came of it.
    """
    tally = CsvTally()
    tracker = BestTracker()
    epoch_at = table.header.index("epoch")
    for row in table.rows():
        epoch = whole_number_in(row[epoch_at])
        if epoch is None:
            tally.malformed += 1
            continue
        wall = tally.row_at(file_micros, file_micros)
        fields: dict[str, Any] = {}
        train: dict[str, Any] = {}
        val: dict[str, Any] = {}
        for at, (name, cell) in enumerate(zip(table.header, row, strict=True)):
            if at == epoch_at or cell == _KERAS_ABSENT:
                continue
            field = _KERAS_FIELDS.get(name)
            if field is not None and field not in fields:
                fields[field] = tally.number(number_in(cell))
            elif name.startswith("val_"):
                val[name.removeprefix("val_")] = tally.number(value_in(cell))
            else:
                train[name] = tally.number(value_in(cell))
        losses = (fields.get("train_loss"), fields.get("val_loss"))
        train_loss = nan if losses[0] is None else losses[0]
        fields["is_best"] = tracker.wins(train_loss, losses[1])
        tracker.push(train_loss, losses[1])
        run.writer._append_epoch(epoch, wall, fields, _present(train), _present(val), None)
    return tally


def _own_value(cell: str) -> Any:
    plain = unguarded(cell)
    # What had a guard is text, also where it reads as a number.
    return value_in(cell) if plain == cell else plain


def _present(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
