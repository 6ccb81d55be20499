"""Pieces of HTML; whatever is text goes through `escaped`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from tachograph.overview.wording import printable

__all__ = ["box", "escaped", "pairs", "table"]

# Lines and faint text take the page's own colour, so that they are seen on light and dark.
_LINE = "1px solid rgba(128,128,128,.35)"
_CELL = "padding:2px 10px 2px 0;text-align:{side};background:none;border:0"
_NAME_CHARS = 80


def escaped(text: object, *, max_chars: int = _NAME_CHARS) -> str:
    """Text of any origin as HTML that shows it and does nothing else."""
    return escape(printable(text, max_chars=max_chars))


def box(title: str, detail: str, *parts: str) -> str:
    """A piece of a page.

    Args:
        title: Text, not escaped yet.
        detail: What stands faint beside it, likewise.
        *parts: HTML.
    """
    heading = (
        f'<div style="margin-bottom:4px"><strong>{escaped(title)}</strong>'
        f'<span style="opacity:.65;margin-left:8px">{escaped(detail)}</span></div>'
    )
    style = "font-family:system-ui,sans-serif;font-size:13px;line-height:1.4;color:inherit"
    return f'<div style="{style}">{heading}{"".join(parts)}</div>'


def pairs(items: Iterable[tuple[str, str]]) -> str:
    """Names and values below each other; both text, not escaped yet."""
    rows = "".join(
        f'<tr style="background:none"><td style="{_CELL.format(side="left")};opacity:.65">'
        f"{escaped(name)}</td>"
        f'<td style="{_CELL.format(side="left")}">{escaped(value)}</td></tr>'
        for name, value in items
    )
    return f'<table style="border-collapse:collapse;margin:0;font-size:13px">{rows}</table>'


def table(headings: Sequence[str], rows: Iterable[Sequence[str]], *, n_text: int = 1) -> str:
    """A table; all of it text, not escaped yet.

    Args:
        headings: One a column.
        rows: Cells, one a heading.
        n_text: How many columns, from the left, hold text; the others hold numbers.
    """
    sides = ["left" if at < n_text else "right" for at in range(len(headings))]
    head = "".join(
        f'<th style="{_CELL.format(side=side)};border-bottom:{_LINE};opacity:.65;'
        f'font-weight:normal">{escaped(heading)}</th>'
        for heading, side in zip(headings, sides, strict=True)
    )
    body = "".join(
        '<tr style="background:none">'
        + "".join(
            f'<td style="{_CELL.format(side=side)}">{escaped(cell)}</td>'
            for cell, side in zip(row, sides, strict=True)
        )
        + "</tr>"
        for row in rows
    )
    return (
        '<table style="border-collapse:collapse;margin:0 0 8px;font-size:13px">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )
