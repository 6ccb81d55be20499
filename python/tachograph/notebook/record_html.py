"""A recorder or a run as a small table with a curve."""

# ruff: noqa: SLF001 -- the columns behind a run's methods

from __future__ import annotations

from typing import Any, Final

from tachograph.analysis.column_names import Table
from tachograph.curves import curve, curve_names, is_given
from tachograph.exceptions import RecorderClosedError
from tachograph.notebook.chart import chart
from tachograph.notebook.chosen_curves import main_curves
from tachograph.notebook.markup import box, escaped, pairs
from tachograph.overview.glance import Glance, glance_of
from tachograph.overview.state import state_of
from tachograph.overview.wording import duration, number

__all__ = ["record_html"]

_MOST_VALUES = 6
_MICROS: Final = 1e6
_TABLES: Final[tuple[Table, ...]] = ("steps", "epochs")


def record_html(run: Any) -> str:
    """Shows a recorder or a run; reads a few rows and at most three columns.

    Args:
        run: The recorder or the run; of one that was closed its name is all there is.
    """
    try:
        state = state_of(run)
        glance = glance_of(run, is_live=state == "live")
    except RecorderClosedError:
        return f"<pre>{escaped(repr(run), max_chars=1000)}</pre>"
    curves = main_curves(run)
    drawn = chart(curves) if curves else ""
    return box(
        glance.experiment_name,
        f"{glance.run_id}  {state}",
        '<div style="display:flex;flex-wrap:wrap;gap:20px;align-items:flex-start">',
        pairs(_facts(run, glance)),
        drawn,
        "</div>",
    )


def _facts(run: Any, glance: Glance) -> list[tuple[str, str]]:
    status = run.status
    facts = [("steps", f"{len(run.steps):,}"), ("epochs", f"{status.epochs:,}")]
    if glance.best_epoch is not None:
        facts.append(("best epoch", f"{glance.best_epoch:,} (loss {number(glance.best_loss)})"))
    if status.epochs or status.steps:
        facts.append(("time", duration(_seconds(run))))
    values = list((glance.values or glance.epoch_values).items())
    facts += [(name, number(value)) for name, value in values[:_MOST_VALUES]]
    if len(values) > _MOST_VALUES:
        facts.append(("", f"and {len(values) - _MOST_VALUES} more"))
    return facts


def _seconds(run: Any) -> float | None:
    """The sum of the epochs' times; where nobody gave them, from the first row to the last."""
    if curve_names(run, "epochs"):
        times = curve(run, "epoch_time", table="epochs")
        if is_given(times, "epochs"):
            return float(times.y.sum())
    reader = run._columns()
    places = [(table, at) for table in _TABLES for at in _ends(reader.length(table))]
    rows = [row for table, at in places for row in reader.rows(table, at, at + 1)]
    ends = [row["wall_micros"] for row in rows]
    # None where another thread saw that a resumed run hides them.
    return (max(ends) - min(ends)) / _MICROS if ends else None


def _ends(n_rows: int) -> tuple[int, ...]:
    return (0, n_rows - 1) if n_rows else ()
