"""The columns of numbers of a run, each read once."""

from __future__ import annotations

from collections.abc import Iterable
from threading import Thread
from typing import Any, TypeAlias

from tachograph._core import Reader
from tachograph.analysis.column_names import Table, column_key, column_names
from tachograph.overview.course import Course, course_of
from tachograph.records.source import RecordSource

__all__ = ["TABLES", "Courses", "courses", "shown_names"]

TABLES: tuple[Table, ...] = ("steps", "epochs")

Courses: TypeAlias = dict[Table, dict[str, Course]]
"""The course of each column, by table and name."""

_Name: TypeAlias = tuple[Table, str]

_WORTH_A_THREAD = 1_000_000

# A flag, whose history says nothing as a curve.
_NO_COURSE = frozenset({"is_best"})


def shown_names(run: RecordSource, table: Table) -> list[str]:
    """The names of the columns that have a course, in first-seen order."""
    reader = run._columns()  # noqa: SLF001 -- recorders and runs have their columns in common
    return [name for name in column_names(reader, table) if name not in _NO_COURSE]


def courses(run: RecordSource) -> Courses:
    """Reads every column of numbers.

    Args:
        run: A recorder or a run.
    """
    reader = run._columns()  # noqa: SLF001
    wanted = [(table, name) for table in TABLES for name in shown_names(run, table)]
    is_long = sum(reader.counts()) * len(wanted) >= _WORTH_A_THREAD
    read = _by_two_threads(reader, wanted) if is_long else _by_one(reader, wanted)
    found: Courses = {table: {} for table in TABLES}
    for table, name in wanted:
        if (table, name) in read:
            found[table][name] = read[table, name]
    return found


def _by_one(reader: Reader, wanted: Iterable[_Name]) -> dict[_Name, Course]:
    return {
        (table, name): course_of(*column)
        for table, name in wanted
        if (column := _column(reader, table, name)) is not None
    }


def _by_two_threads(reader: Reader, wanted: list[_Name]) -> dict[_Name, Course]:
    """As above: the core decodes and NumPy folds without the GIL, so that two cores are used."""
    # A reader decodes for one thread at a time. A run that goes on has more rows for the later.
    is_settled = reader.closed and not reader.writer_alive and reader.path is not None
    other = Reader.open(str(reader.path)) if is_settled else reader
    theirs: dict[_Name, Course] = {}
    failures: list[Exception] = []

    def work() -> None:
        try:
            theirs.update(_by_one(other, wanted[1::2]))
        except Exception as error:  # noqa: BLE001 -- raised again by the thread that asked
            failures.append(error)

    thread = Thread(target=work)
    thread.start()
    try:
        own = _by_one(reader, wanted[::2])
    finally:
        thread.join()
    if failures:
        raise failures[0]
    if other is not reader and other.report()["damage"]:
        # Once more, so that the run's own report knows of it.
        theirs = _by_one(reader, wanted[1::2])
    return own | theirs


def _column(reader: Reader, table: Table, name: str) -> Any:
    key = column_key(table, name)
    return None if key is None else reader.column(table, *key)
