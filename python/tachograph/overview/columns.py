"""The columns of numbers of a run, each read once."""

from __future__ import annotations

from typing import TypeAlias

from tachograph.analysis.column_names import Table, column_key, column_names
from tachograph.overview.course import N_BINS, Course
from tachograph.records.source import RecordSource

__all__ = ["TABLES", "Courses", "courses", "shown_names"]

TABLES: tuple[Table, ...] = ("steps", "epochs")

Courses: TypeAlias = dict[Table, dict[str, Course]]
"""The course of each column, by table and name."""

# A flag, whose history says nothing as a curve.
_NO_COURSE = frozenset({"is_best"})


def shown_names(run: RecordSource, table: Table) -> list[str]:
    """The names of the columns that have a course, in first-seen order."""
    reader = run._columns()  # noqa: SLF001 -- recorders and runs have their columns in common
    return [name for name in column_names(reader, table) if name not in _NO_COURSE]


def courses(run: RecordSource, *, n_bins: int = N_BINS) -> Courses:
    """Reads every column of numbers.

    Args:
        run: A recorder or a run.
        n_bins: Into how many stretches of equal length a column is cut at most.
    """
    return {table: _of_table(run, table, n_bins) for table in TABLES}


def _of_table(run: RecordSource, table: Table, n_bins: int) -> dict[str, Course]:
    keys = {name: column_key(table, name) for name in shown_names(run, table)}
    known = {name: key for name, key in keys.items() if key is not None}
    read = run._columns().courses(table, list(known.values()), n_bins)  # noqa: SLF001
    return {
        name: Course(**found) for name, found in zip(known, read, strict=True) if found is not None
    }
