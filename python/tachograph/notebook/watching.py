"""`run.watch`: a live figure in a notebook's cell."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from typing import Any

from tachograph._optional import require
from tachograph.exceptions import (
    ArgumentTypeError,
    InvalidArgumentError,
    NotebookError,
    UnknownMetricError,
)
from tachograph.notebook.chart import chart
from tachograph.notebook.chosen_curves import curve_of, first_names
from tachograph.notebook.markup import box, escaped, pairs
from tachograph.overview.glance import Glance, glance_of
from tachograph.overview.state import state_of
from tachograph.overview.wording import counted_of, duration, number, pace
from tachograph.records.checked_names import checked_names

__all__ = ["figure_html", "watch"]

_MOST_CURVES = 6
_NOTE_CHARS = 120
# As many beside each other as have room when they shrink a little, as in JupyterLab's cells.
_GRID = "display:grid;grid-template-columns:repeat(auto-fit,minmax(300px,1fr));gap:12px"
# Looking takes at most this share of the time, however long the run is.
_LOOKING_SHARE = 0.2


def watch(
    run: Any,
    *,
    interval: float = 1.0,
    metrics: Iterable[str] | None = None,
    timeout: float | None = None,
) -> None:
    """Draws a run in a cell until it is closed; `Run.watch` says how.

    Args:
        run: A run, or a recorder that another thread logs to.
        interval: Seconds between two looks.
        metrics: Names of columns; None for the first few.
        timeout: Seconds after which it ends; None for never.

    Raises:
        MissingExtraError: IPython is not installed.
        NotebookError: This is no notebook.
        UnknownMetricError: The run has ended, and has rows and no such metric.
        ArgumentTypeError: An argument has the wrong type.
        InvalidArgumentError: `interval` or `timeout` is no positive number.
    """
    interval = _positive(interval, "interval")
    end = math.inf if timeout is None else time.monotonic() + _positive(timeout, "timeout")
    names = None if metrics is None else checked_names(metrics, "metrics")
    display = _display_of_notebook()
    begin = time.monotonic()
    # Asked first: rows written before the writer went away are then sure to be seen.
    state = state_of(run)
    html = figure_html(run, names, state=state, is_first=True)
    handle = display.display(display.HTML(html), display_id=True)
    try:
        while state == "live" and (now := time.monotonic()) < end:
            took = now - begin
            time.sleep(min(max(interval, took / _LOOKING_SHARE), max(0.0, end - now)))
            begin = time.monotonic()
            state = state_of(run)
            handle.update(display.HTML(figure_html(run, names, state=state)))
    except KeyboardInterrupt:
        # The cell was interrupted, which is how one says that one has seen enough.
        return


def figure_html(run: Any, names: list[str] | None, *, state: str, is_first: bool = False) -> str:
    """The figure of a run as it is now; metrics that it lacks are named.

    Args:
        run: A recorder or a run.
        names: Names of columns; None for the first few.
        state: What `state_of` said of it.
        is_first: Whether nobody has seen a figure of it yet: then metrics that cannot come any more
            are an error.

    Raises:
        UnknownMetricError: The run has ended, and has rows and no such metric.
    """
    glance = glance_of(run, is_live=state == "live")
    wanted = first_names(run, _MOST_CURVES) if names is None else names
    has_rows = glance.step is not None or glance.epoch is not None
    charts, missing = [], []
    for name in wanted if has_rows else ():
        try:
            charts.append(chart([curve_of(run, name)]))
        except UnknownMetricError:
            if is_first and state != "live":
                raise
            missing.append(f"{name}: not logged" + (" yet" if state == "live" else ""))
    notes = missing if has_rows else ["nothing logged yet"]
    return box(
        glance.experiment_name,
        f"{glance.run_id}  {state}",
        pairs(_facts(glance)),
        f'<div style="{_GRID}">{"".join(charts)}</div>',
        *(f"<div>{escaped(note, max_chars=_NOTE_CHARS)}</div>" for note in notes),
    )


def _facts(glance: Glance) -> list[tuple[str, str]]:
    facts = []
    if glance.step is not None:
        facts.append(("step", counted_of("", glance.step, glance.totals.steps)))
    if glance.epoch is not None:
        epoch = counted_of("", glance.epoch, glance.totals.epochs)
        best = "" if glance.best_epoch is None else f", best {glance.best_epoch:,}"
        loss = "" if glance.best_loss is None else f" (loss {number(glance.best_loss)})"
        facts.append(("epoch", f"{epoch}{best}{loss}"))
    if glance.steps_per_sec is not None:
        facts.append(("pace", pace(glance.steps_per_sec)))
    if glance.remaining_secs and glance.share != 1:
        facts.append(("left", duration(glance.remaining_secs)))
    return facts


def _display_of_notebook() -> Any:
    """IPython's module of displays, where there is a front end that shows HTML."""
    ipython = require("IPython", "notebook")
    shell = ipython.get_ipython()
    if shell is None or type(shell).__name__ == "TerminalInteractiveShell":
        raise NotebookError(
            "watch draws in a notebook's cell, and there is no notebook here; in a terminal use "
            "`tacho tail`"
        )
    return require("IPython.display", "notebook")


def _positive(value: Any, argument: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        message = f"{argument} must be a number of seconds, not {type(value).__name__}"
        raise ArgumentTypeError(message, argument=argument)
    if not (math.isfinite(value) and value > 0):
        message = f"{argument} must be a positive number of seconds, not {value!r}"
        raise InvalidArgumentError(message, argument=argument)
    return float(value)
