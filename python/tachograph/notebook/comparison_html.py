"""A comparison as two tables: what came out, and what was set differently."""

from __future__ import annotations

from typing import Any

from tachograph.notebook.markup import box, table
from tachograph.overview.comparison import Comparison, cells_of
from tachograph.overview.configurations import setting_text
from tachograph.overview.wording import counted

__all__ = ["comparison_html"]

_HEADINGS = ("run", "best loss", "at epoch", "epochs", "steps", "time", "final lr")
_VALUE_CHARS = 60
_MOST_SETTINGS = 50


def comparison_html(comparison: Comparison) -> str:
    """Shows a comparison.

    Args:
        comparison: What `tachograph.compare` gave.
    """
    labels = comparison.labels
    rows = [(f"{label} {star}".rstrip(), *cells) for label, star, *cells in cells_of(comparison)]
    differing = comparison.configuration
    parts = [table(_HEADINGS, rows)]
    if differing:
        headings = ("setting", *labels)
        shown = [
            (setting.name, *map(_value, setting.values)) for setting in differing[:_MOST_SETTINGS]
        ]
        parts.append(table(headings, shown, n_text=len(headings)))
    more = len(differing) - _MOST_SETTINGS
    detail = f"{counted(len(differing), 'setting')} differ" + ("s" if len(differing) == 1 else "")
    if more > 0:
        detail += f", the first {_MOST_SETTINGS} are shown"
    return box(counted(len(labels), "run"), detail, *parts)


def _value(value: Any) -> str:
    text = setting_text(value)
    return text if len(text) <= _VALUE_CHARS else text[: _VALUE_CHARS - 3] + "..."
