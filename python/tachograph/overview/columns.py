"""The columns of numbers of a run, each read once."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from tachograph.analysis.column_names import Table, column_key, column_names
from tachograph.overview.course import N_BINS, Course

if TYPE_CHECKING:
    from tachograph._core import Reader
    from tachograph.records.source import RecordSource

__all__ = ["TABLES", "Courses", "courses", "courses_of", "shown_names"]

TABLES: tuple[Table, ...] = ("steps", "epochs")

Courses: TypeAlias = dict[Table, dict[str, Course]]
"""The course of each column, by table and name."""

# A flag, whose history says nothing as a curve.
_NO_COURSE = frozenset({"is_best"})


def shown_names(run: RecordSource, table: Table) -> list[str]:
    """The names of the columns that have a course, in first-seen order."""
    # Recorders and runs have their columns in common.
    return _names(run._columns(), table)  # noqa: SLF001


def courses(run: RecordSource, *, n_bins: int = N_BINS) -> Courses:
    """Reads every column of numbers.

    Args:
        run: A recorder or a run.
        n_bins: Into how many stretches of equal length a column is cut at most.
    """
    return courses_of(run._columns(), n_bins=n_bins)  # noqa: SLF001


def courses_of(reader: Reader, *, n_bins: int = N_BINS) -> Courses:
    """As `courses`, of what a reader has."""
    return {table: _of_table(reader, table, n_bins) for table in TABLES}


def _names(reader: Reader, table: Table) -> list[str]:
    return [name for name in column_names(reader, table) if name not in _NO_COURSE]


def _of_table(reader: Reader, table: Table, n_bins: int) -> dict[str, Course]:
    keys = {name: column_key(table, name) for name in _names(reader, table)}
    known = {name: key for name, key in keys.items() if key is not None}
    read = reader.courses(table, list(known.values()), n_bins)
    return {
        name: Course(**found) for name, found in zip(known, read, strict=True) if found is not None
    }
