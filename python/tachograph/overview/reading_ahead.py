"""A run's columns, read by a thread while the caller is still busy with something else."""

from __future__ import annotations

from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from tachograph._core import Reader
from tachograph.overview.columns import Courses, courses_of

if TYPE_CHECKING:
    from tachograph.records import Run

__all__ = ["ReadingAhead"]


class ReadingAhead:
    """Reads the courses of a run's columns.

    Importing what shows a run takes about as long as reading a long one, and the core reads without
    the interpreter's lock: who begins here and imports the rest then waits for the longer of both.
    """

    def __init__(self, path: Path) -> None:
        """Opens the run and begins to read.

        Args:
            path: The run's directory, or its .tacho file.

        Raises:
            RunNotFoundError: There is no run.
            UnsupportedFormatError: It was written by a newer version, or is no log.
            OSError: It cannot be read.
        """
        self._path = path
        self._reader = Reader.open(str(path.absolute()))
        self._courses: Courses = {}
        self._failure: Exception | None = None
        self._thread = Thread(target=self._read, name="tachograph-reading")
        self._thread.start()

    def run(self) -> Run:
        """The run that is being read; what reading meets stands in its report."""
        from tachograph.records.run import Run

        return Run.over(self._reader, self._path)

    def courses(self) -> Courses:
        """The courses, once they were read.

        Raises:
            Exception: What ended the reading.
        """
        self._thread.join()
        if self._failure is not None:
            raise self._failure
        return self._courses

    def _read(self) -> None:
        try:
            self._courses = courses_of(self._reader)
        except Exception as error:  # noqa: BLE001 -- raised again by the thread that asks
            self._failure = error
