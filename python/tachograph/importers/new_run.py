"""A run in the making: it appears at its place once it is whole."""

# ruff: noqa: SLF001 -- what the core's writer offers to the package is private to it

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from tachograph._core import Writer
from tachograph.exceptions import InvalidArgumentError, RunExistsError
from tachograph.export.target import checked_path
from tachograph.importers.import_report import ImportReport
from tachograph.recorder.run_ids import check_run_id, new_run_id
from tachograph.records.experiment import Experiment
from tachograph.records.plain_value import plain_value

__all__ = ["NewRun", "new_run"]


class NewRun:
    """A run that is being written, nowhere to be seen yet.

    Attributes:
        path: Where it will be.
        writer: The writer of its last attempt.
    """

    path: Path
    writer: Writer

    def __init__(self, path: Path, draft: Path) -> None:
        """Begins the first attempt in the directory `draft`."""
        self.path = path
        self._draft = draft
        self._run_id = _run_id(path)
        self.writer = self._open(create=True)

    def begin_attempt(self) -> Writer:
        """Ends the attempt and begins the next one.

        Returns:
            The writer of the new attempt.
        """
        self.writer._close()
        self.writer = self._open(create=False)
        return self.writer

    def describe(self, experiment: Experiment, report: ImportReport, **records: Any) -> None:
        """Says what the run is about.

        Args:
            experiment: Name, configurations, beginning; its id is replaced by the run's own.
            report: What the import brought.
            **records: More structured records, such as `environment`.
        """
        # The id of the source, if it has one, stays in the record of the import.
        about = replace(experiment, run_id=self._run_id)
        self.writer._put("experiment", plain_value(about.to_record(), "experiment"))
        for key, value in records.items():
            if value:
                self.writer._put(key, plain_value(value, key))
        self.writer._put("imported", plain_value(report.to_record(), "imported"))

    def _open(self, *, create: bool) -> Writer:
        writer = Writer()
        # Whole or not at all: there is nothing to go on without, as in a training.
        writer._open(
            str(self._draft),
            run_id=self._run_id,
            create=create,
            durability="process",
            on_error="raise",
        )
        return writer


@contextmanager
def new_run(dest: str | os.PathLike[str]) -> Iterator[NewRun]:
    """Makes a run that appears at `dest`, closed, when the body is done, and not if it fails.

    Args:
        dest: The run's directory, which must not exist; its parents are made.

    Raises:
        ArgumentTypeError: `dest` is no path.
        RunExistsError: There is something at `dest`.
        OSError: The directory cannot be written.
    """
    path = checked_path(dest, "dest").absolute()
    _check_free(path)
    if not path.name:
        raise InvalidArgumentError(f"dest must name a new directory: {path}", argument="dest")
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}-{new_run_id()[-8:]}.partial")
    run: NewRun | None = None
    try:
        run = NewRun(path, draft)
        yield run
        run.writer._close()
        _check_free(path)
        draft.rename(path)
    except BaseException:
        if run is not None:
            with suppress(OSError):  # the first error says what matters
                run.writer._close()
        shutil.rmtree(draft, ignore_errors=True)
        raise


def _check_free(path: Path) -> None:
    if os.path.lexists(path):
        message = f"nothing is overwritten; choose another name than {path}"
        raise RunExistsError(message, path=path)


def _run_id(path: Path) -> str:
    """The directory's name where it can be a run's id."""
    try:
        return check_run_id(path.name)
    except InvalidArgumentError:
        return new_run_id()
