"""The columns of numbers of a run, each read once."""

from __future__ import annotations

from collections import deque
from threading import Thread
from typing import TypeAlias

from tachograph.analysis.column_names import Table, column_key, column_names
from tachograph.overview.course import Course, course_of
from tachograph.records.source import RecordSource

__all__ = ["TABLES", "Courses", "courses", "shown_names"]

TABLES: tuple[Table, ...] = ("steps", "epochs")

Courses: TypeAlias = dict[Table, dict[str, Course]]
"""The course of each column, by table and name."""

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
    read: dict[tuple[Table, str], Course] = {}
    failures: list[Exception] = []
    waiting = deque(wanted)

    def work() -> None:
        try:
            while waiting:
                table, name = waiting.popleft()
                key = column_key(table, name)
                column = None if key is None else reader.column(table, *key)
                if column is not None:
                    read[table, name] = course_of(*column)
        except IndexError:
            pass  # the other thread took the last one
        except Exception as error:  # noqa: BLE001 -- raised again by the thread that asked
            failures.append(error)

    # The core decodes and NumPy folds without the GIL: one column is decoded while another is
    # folded. Few rows are read sooner than a thread is started.
    other = Thread(target=work) if sum(reader.counts()) * len(wanted) >= _WORTH_A_THREAD else None
    if other is not None:
        other.start()
    work()
    if other is not None:
        other.join()
    if failures:
        raise failures[0]
    found: Courses = {table: {} for table in TABLES}
    for table, name in wanted:
        if (table, name) in read:
            found[table][name] = read[table, name]
    return found
