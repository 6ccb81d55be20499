"""Records as JSON or pickle: of `save`, of `export_to_pickle`, and of older recorders."""

from __future__ import annotations

import os

from tachograph.exceptions import RecordFormatError
from tachograph.export.target import checked_path
from tachograph.importers.import_report import ImportReport
from tachograph.importers.new_run import new_run
from tachograph.recorder.config import plain_experiment
from tachograph.recorder.loading import document_of, kind_of, replay_epochs

__all__ = ["import_record"]


def import_record(path: str | os.PathLike[str], dest: str | os.PathLike[str]) -> ImportReport:
    """Makes a run of a record file.

    Args:
        path: JSON from `save`, also of older programs of this shape, or a pickle from
            `export_to_pickle`; of a pickle only built-in and NumPy types are read.
        dest: The directory of the new run, which must not exist.

    Returns:
        What was read.

    Raises:
        ArgumentTypeError: An argument has the wrong type.
        RunNotFoundError: There is no such file.
        RunExistsError: There is something at `dest`.
        RecordFormatError: It is no training record.
        UnsupportedFormatError: A newer version wrote it.
        OSError: A file cannot be read or written.
    """
    source = checked_path(path)
    kind = kind_of(source)
    if kind in ("run", "log"):
        raise RecordFormatError(f"this is a run already; nothing to import: {source}", path=source)
    document = document_of(source, "pickle" if kind == "pickle" else "json")
    with new_run(dest) as run:
        replay_epochs(run.writer, document.epochs)
        n_epochs = len(document.epochs)
        report = ImportReport(kind="record", source=source, path=run.path, epochs=n_epochs)
        run.describe(
            plain_experiment(document.experiment),
            report,
            environment=document.environment,
            early_stopping_info=document.early_stopping_info,
        )
    return report
