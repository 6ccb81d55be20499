"""A recorder or a run as a small table with a curve."""

from __future__ import annotations

from typing import Any

from tachograph.curves import curve
from tachograph.exceptions import RecorderClosedError
from tachograph.notebook.chart import chart
from tachograph.notebook.chosen_curves import main_curves
from tachograph.notebook.markup import box, escaped, pairs
from tachograph.overview.glance import Glance, glance_of
from tachograph.overview.state import state_of
from tachograph.overview.wording import duration, number

__all__ = ["record_html"]

_MOST_VALUES = 6


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
    facts = [("steps", f"{status.steps:,}"), ("epochs", f"{status.epochs:,}")]
    if glance.best_epoch is not None:
        facts.append(("best epoch", f"{glance.best_epoch:,} (loss {number(glance.best_loss)})"))
    if status.epochs:
        times = curve(run, "epoch_time", table="epochs").y
        facts.append(("time", duration(float(times.sum()))))
    values = list((glance.values or glance.epoch_values).items())
    facts += [(name, number(value)) for name, value in values[:_MOST_VALUES]]
    if len(values) > _MOST_VALUES:
        facts.append(("", f"and {len(values) - _MOST_VALUES} more"))
    return facts
