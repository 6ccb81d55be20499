"""Tables: cells that say what they sort by, scrolled sideways where they are wide."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tachograph.overview.wording import number
from tachograph.report.elements import Child, Markup, element, joined

__all__ = ["Cell", "named", "numeric", "pairs", "table"]

# More rows say nothing to a reader, and slow the page; how many more there are is said.
_MOST_ROWS: Final = 2000
# A word that is longer may be broken anywhere, so that the table keeps its width.
_LONG_WORD: Final = 24


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell.

    Attributes:
        content: What it shows.
        sort_by: What it sorts by; None for what it shows, and last.
        is_numeric: Whether it stands to the right.
        marks: Class names.
    """

    content: Child
    sort_by: float | str | None = None
    is_numeric: bool = False
    marks: str = ""


def numeric(value: float | None, shown: Child = None, *, marks: str = "") -> Cell:
    """A cell with a number, or with `shown`, that sorts by it."""
    finite = value is not None and math.isfinite(value)
    return Cell(number(value) if shown is None else shown, value if finite else None, True, marks)  # noqa: FBT003


def named(name: str) -> Markup:
    """A name from a log."""
    return element("code", name, class_="long" if _has_long_word(name) else None)


def table(
    headings: Sequence[str], rows: Sequence[Sequence[Cell | Child]], *, sorts: bool = False
) -> Markup:
    """A table; of more than 2,000 rows the first, and a line that says how many more there are.

    Args:
        headings: One for each column.
        rows: As many cells each.
        sorts: Whether a click on a heading sorts.
    """
    shown = rows[:_MOST_ROWS]
    body = [[cell if isinstance(cell, Cell) else Cell(cell) for cell in row] for row in shown]
    is_numeric = [any(row[at].is_numeric for row in body) for at in range(len(headings))]
    head = [
        element(
            "th",
            element("button", heading, type="button") if sorts and heading else heading,
            scope="col",
            class_="num" if is_right else None,
        )
        for heading, is_right in zip(headings, is_numeric, strict=True)
    ]
    lines = [element("tr", [_cell(cell) for cell in row]) for row in body]
    whole = element(
        "table",
        element("thead", element("tr", head)),
        element("tbody", lines),
        class_="sorts" if sorts else None,
    )
    return _scrolled(whole, len(rows))


def pairs(rows: Sequence[tuple[str, Child]]) -> Markup:
    """A table of names and values, cut as `table` is."""
    lines = [
        element("tr", element("th", name, scope="row"), element("td", value, class_="value"))
        for name, value in rows[:_MOST_ROWS]
    ]
    whole = element("table", element("tbody", lines), class_="pairs")
    return _scrolled(whole, len(rows))


def _scrolled(whole: Markup, n_rows: int) -> Markup:
    rest = n_rows - _MOST_ROWS
    more = element("p", f"and {rest:,} more", class_="quiet") if rest > 0 else None
    return joined(element("div", whole, class_="scroll"), more)


def _has_long_word(text: str) -> bool:
    return any(len(word) > _LONG_WORD for word in text.split())


def _cell(cell: Cell) -> Markup:
    is_text = isinstance(cell.content, str) and not isinstance(cell.content, Markup)
    is_long = is_text and _has_long_word(str(cell.content))
    kinds = ("num" if cell.is_numeric else "", "long" if is_long else "", cell.marks)
    marks = " ".join(filter(None, kinds))
    return element(
        "td",
        cell.content,
        class_=marks or None,
        data_value=cell.sort_by,
        data_missing=cell.is_numeric and cell.sort_by is None,
    )
