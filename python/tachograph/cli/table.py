"""Tables on a terminal or in a pipe."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tachograph.cli.output import emit

_GAP = "  "
_CUT = "…"
_CUT_ASCII = "~"

# What is left at least of a column that gives way.
_LEAST_CHARS = 8


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes:
        heading: What stands above it.
        numeric: Whether it stands to the right.
        gives_way: Whether its cells are cut where the terminal is narrow.
        leaves: When it is left out where the terminal is narrower still: the column with the
            highest number first, that with 0 never.
    """

    heading: str
    numeric: bool = False
    gives_way: bool = False
    leaves: int = 0


@dataclass(frozen=True, slots=True)
class Fitted:
    """A cell that is drawn to the width it is given, at most `most` characters of one cell each."""

    draw: Callable[[int], str]
    most: int


Cell = str | Fitted


def print_table(columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> None:
    """Prints rows of finished text (see `printable`), aligned, with headings.

    In a pipe nothing is cut and no column left out. On a terminal columns that give way are cut,
    then those that may leave do; where it is too narrow even so, lines fold.
    """
    widths = [
        max([_text_len(column.heading), *(_cell_len(row[index]) for row in rows)])
        for index, column in enumerate(columns)
    ]
    shown = list(range(len(columns)))
    if sys.stdout.isatty():
        from shutil import get_terminal_size

        room = get_terminal_size().columns
        shown = _staying(widths, columns, room)
        _narrow(widths, columns, shown, room)
    for row in ([column.heading for column in columns], *rows):
        cells = (_fit(row[at], widths[at], numeric=columns[at].numeric) for at in shown)
        emit(_GAP.join(cells).rstrip())


def print_pairs(pairs: Sequence[tuple[str, str]]) -> None:
    """Prints `name  value` lines with the values in one column."""
    width = max((len(name) for name, _value in pairs), default=0)
    for name, value in pairs:
        emit(f"{name:<{width}}  {value}".rstrip())


def can_show(text: str) -> bool:
    """Whether standard output's encoding has these characters."""
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _cell_len(cell: Cell) -> int:
    return cell.most if isinstance(cell, Fitted) else _text_len(cell)


def _text_len(text: str) -> int:
    """How many characters wide a terminal shows it."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def _staying(widths: Sequence[int], columns: Sequence[Column], room: int) -> list[int]:
    """The columns that fit once those that give way are as narrow as they get."""
    least = [
        min(width, _LEAST_CHARS) if column.gives_way else width
        for width, column in zip(widths, columns, strict=True)
    ]
    shown = list(range(len(columns)))
    while _line_len(least, shown) > room:
        first = max(shown, key=lambda at: columns[at].leaves)
        if not columns[first].leaves:
            break
        shown.remove(first)
    return shown


def _line_len(widths: Sequence[int], shown: Sequence[int]) -> int:
    return sum(widths[at] for at in shown) + len(_GAP) * (len(shown) - 1)


def _narrow(widths: list[int], columns: Sequence[Column], shown: Sequence[int], room: int) -> None:
    """Takes characters from the widest column that gives way until all fit, or none can."""
    yielding = [at for at in shown if columns[at].gives_way]
    while _line_len(widths, shown) > room and yielding:
        widest = max(yielding, key=widths.__getitem__)
        if widths[widest] <= _LEAST_CHARS:
            return
        widths[widest] -= 1


def _fit(cell: Cell, width: int, *, numeric: bool) -> str:
    if isinstance(cell, Fitted):
        text = cell.draw(width)
        missing = width - len(text)
    else:
        text = cell
        missing = width - _text_len(text)
    if missing < 0:
        from rich.cells import set_cell_size

        cut = _CUT if can_show(_CUT) else _CUT_ASCII
        return set_cell_size(text, width - 1) + cut
    return " " * missing + text if numeric else text + " " * missing
