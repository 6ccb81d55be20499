"""`tacho tail` on a terminal: a run as it goes, drawn in place."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from tachograph.overview import sparkline
from tachograph.overview.columns import Courses, courses
from tachograph.overview.course import Course
from tachograph.overview.finding import finding_line
from tachograph.overview.findings import Finding, findings
from tachograph.overview.glance import Glance, glance_of
from tachograph.overview.wording import age, counted_of, number, printable, state_word
from tachograph.records.instants import micros_of
from tachograph.records.run import Run, RunStatus
from tachograph.terminal.pace_line import characters_of, pace_line

__all__ = ["follow_on_terminal"]

# Reading whole columns takes at most this share of the time.
_READING_SHARE = 0.05
_LEAST_READ_SECS = 0.5
_COURSE_CHARS = 80
_FEWEST_COURSE_CHARS = 8
_MAX_WARNINGS = 4
_NAME_CHARS = 40
# Title, pace, epochs, a blank line, the headings, and where the cursor stays.
_OTHER_LINES = 6
_MIN_MAX_WIDTH = 50
_MICROS = 1e6
_STATE_STYLES = {"running": "bold green", "closed": "bold", "crashed": "bold red"}


@dataclass(slots=True)
class _Seen:
    """What was read of a run last."""

    status: RunStatus
    glance: Glance
    columns: Courses = field(default_factory=dict)
    found: list[Finding] = field(default_factory=list)


def follow_on_terminal(
    run: Run, console: Console, *, total_steps: int | None = None, poll_secs: float = 0.2
) -> None:
    """Draws a run until nobody writes it any more; its last state stays on the screen.

    Args:
        run: The run.
        console: The terminal.
        total_steps: How many steps there will be, where the run itself does not say so.
        poll_secs: Seconds between two looks.
    """
    reading = _Reading(run, total_steps)
    seen = reading.look()
    with Live(_View(seen), console=console, auto_refresh=False, vertical_overflow="crop") as live:
        live.refresh()
        while seen.status.state == "running":
            time.sleep(poll_secs)
            seen = reading.look()
            live.update(_View(seen), refresh=True)


class _Reading:
    """Reads a run again and again: what is small each time, whole columns now and then."""

    def __init__(self, run: Run, total_steps: int | None) -> None:
        self._run = run
        self._total_steps = total_steps
        self._columns: Courses = {}
        self._found: list[Finding] = []
        self._next_read = 0.0

    def look(self) -> _Seen:
        # Asked first: rows written before the writer went away are then sure to be seen.
        status = self._run.status
        now = time.monotonic()
        if now >= self._next_read or status.state != "running":
            self._columns = courses(self._run)
            self._found = findings(self._run, self._columns)
            took = time.monotonic() - now
            self._next_read = now + max(_LEAST_READ_SECS, took / _READING_SHARE)
        is_live = status.state == "running"
        glance = glance_of(self._run, total_steps=self._total_steps, is_live=is_live)
        return _Seen(status, glance, self._columns, self._found)


class _View:
    """One state of the run, drawn to the terminal's size."""

    def __init__(self, seen: _Seen) -> None:
        self._seen = seen

    def __rich_console__(self, console: Console, options: object) -> list[RenderableType]:
        """The lines of the view."""
        seen, width = self._seen, console.width
        bar = characters_of(console.encoding)
        warnings = _warnings(seen.found)
        room = max(1, console.height - _OTHER_LINES - len(warnings))
        parts: list[RenderableType] = [
            _title(seen, width),
            pace_line(seen.glance, width, bar=bar),
            _epoch_line(seen),
            Text(),
            *_tables(seen, width, room, blocks=bar[0] != "#"),
            *warnings,
        ]
        return [Group(*parts)]


def _title(seen: _Seen, width: int) -> Text:
    run_name = printable(seen.glance.experiment_name, max_chars=_NAME_CHARS)
    state = state_word(seen.status.state)
    title = Text(no_wrap=True, overflow="ellipsis")
    title.append(run_name, style="bold")
    title.append(f"  {printable(seen.glance.run_id)}", style="dim")
    title.truncate(max(1, width - len(state) - 2), overflow="ellipsis")
    title.append(f"  {state}", style=_STATE_STYLES.get(seen.status.state, ""))
    return title


def _epoch_line(seen: _Seen) -> Text:
    glance = seen.glance
    parts = []
    if glance.epoch is not None:
        parts.append(counted_of("epoch", glance.epoch, glance.totals.epochs))
    if glance.best_epoch is not None:
        parts.append(f"best epoch {glance.best_epoch:,} (loss {number(glance.best_loss)})")
    if glance.last_micros is not None:
        secs = (micros_of(datetime.now(UTC)) - glance.last_micros) / _MICROS
        parts.append(f"last row {age(secs)} ago")
    return Text("  ".join(parts), no_wrap=True, overflow="ellipsis")


def _tables(seen: _Seen, width: int, room: int, *, blocks: bool) -> list[RenderableType]:
    """A row for each metric, as many as there is room for; the steps' before the epochs'."""
    levels = sparkline.BLOCKS if blocks else sparkline.ASCII
    table = Table(box=None, padding=(0, 2, 0, 0), show_edge=False, header_style="dim")
    table.add_column("metric", no_wrap=True, overflow="ellipsis", max_width=max(12, width // 3))
    has_ends = width >= _MIN_MAX_WIDTH
    for heading in ("last", "min", "max") if has_ends else ("last",):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("course", no_wrap=True, overflow="crop")
    taken = width // 3 + (42 if has_ends else 18)
    n_course = min(_COURSE_CHARS, max(_FEWEST_COURSE_CHARS, width - taken))
    rows = [
        (table_name, name, course)
        for table_name, of_table in seen.columns.items()
        for name, course in of_table.items()
    ]
    shown = rows if len(rows) <= room else rows[: room - 1]
    before = shown[0][0] if shown else ""
    for of_table, name, course in shown:
        if of_table != before:
            table.add_section()
            before = of_table
        cells = _cells(name, course, n_course, levels)
        table.add_row(*(cells if has_ends else [*cells[:2], cells[-1]]))
    if len(shown) == len(rows):
        return [table] if rows else []
    more = f"and {len(rows) - len(shown)} more; tacho show lists all"
    return [table, Text(more, style="dim", no_wrap=True, overflow="ellipsis")]


def _cells(name: str, course: Course, n_chars: int, levels: str) -> list[Text]:
    line = sparkline.sparkline(course.means, n_chars, levels=levels)
    return [
        Text(printable(name)),
        Text(number(course.last), style="bold"),
        Text(number(course.low)),
        Text(number(course.high)),
        Text(line, style="cyan"),
    ]


def _warnings(found: list[Finding]) -> list[Text]:
    """The gravest things that a person should know of."""
    shown = found[:_MAX_WARNINGS]
    lines = []
    for finding in shown:
        mark, style = ("i", "dim") if finding.severity == "note" else ("!", "yellow")
        lines.append(
            Text(f"{mark} {finding_line(finding)}", style=style, no_wrap=True, overflow="ellipsis")
        )
    return lines
