"""What stands in a run's log that a person should know of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from tachograph.overview.columns import Courses, courses
from tachograph.overview.rules import RULES
from tachograph.overview.wording import counted
from tachograph.records.queries import RecordQueries

__all__ = ["Finding", "Kind", "findings"]

Kind: TypeAlias = Literal[
    "not_finite", "spikes", "divergence", "plateau", "damage", "crash", "exception", "dropped"
]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that stands out.

    Attributes:
        kind: What it is.
        table: ``"steps"`` or ``"epochs"``; None for what concerns the run as a whole.
        metric: The column's name as recorded, which is data; None likewise.
        label: The step or epoch at which it begins; None where there is none.
        text: What it is in words, without the metric's name.
    """

    kind: Kind
    table: str | None
    metric: str | None
    label: int | None
    text: str


def findings(run: RecordQueries, columns: Courses | None = None) -> list[Finding]:
    """Looks a run through.

    Values that are not finite are looked for in every column; divergence and plateaus in losses,
    spikes in losses and gradient norms, by their names. Columns of more than 2,048 values are
    looked at in so many stretches: spikes in their highest values, the others in their means.

    Args:
        run: A recorder or a run.
        columns: The run's courses where they have been read already.

    Returns:
        What concerns the run as a whole, then what concerns its columns.
    """
    read = courses(run) if columns is None else columns
    return [*_of_the_run(run), *_of_columns(read)]


def _of_columns(columns: Courses) -> Iterator[Finding]:
    for table, of_table in columns.items():
        noun = table.removesuffix("s")
        for name, course in of_table.items():
            for kind, rule in RULES.items():
                met = rule(name, course, noun)
                if met is not None:
                    yield Finding(kind, table, name, *met)


def _of_the_run(run: RecordQueries) -> Iterator[Finding]:
    # After the columns were read: damage comes to light when the damaged part is read.
    reader = run._columns()  # noqa: SLF001 -- recorders and runs have their columns in common
    report = reader.report()
    if report["damage"] or report["rows_lost"]:
        lost = counted(report["rows_lost"], "row")
        text = f"{lost} lost; damaged bytes in {counted(len(report['damage']), 'place')}"
        yield Finding("damage", None, None, None, text)
    attempts = run.attempts
    outcome = reader.records().get("outcome")
    for attempt in attempts:
        is_live = attempt is attempts[-1] and reader.writer_alive
        if not attempt.closed and not is_live:
            text = f"attempt {attempt.attempt} ended without being closed"
            yield Finding("crash", None, None, attempt.last_step, text)
        if isinstance(outcome, Mapping) and outcome.get("attempt") == attempt.attempt:
            yield _exception(attempt.attempt, attempt.last_step, outcome)
        if attempt.dropped:
            text = f"attempt {attempt.attempt} could not keep {counted(attempt.dropped, 'row')}"
            yield Finding("dropped", None, None, None, text)


def _exception(attempt: int, step: int | None, outcome: Mapping[str, Any]) -> Finding:
    text = f"attempt {attempt} was ended by {outcome.get('exception')}"
    return Finding("exception", None, None, step, text)
