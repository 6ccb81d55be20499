"""What stands in a run's log that a person should know of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tachograph.overview.columns import Courses, courses
from tachograph.overview.finding import SEVERITIES, Finding, Kind, Severity
from tachograph.overview.rules import RULES
from tachograph.overview.run_rules import of_epochs, of_log
from tachograph.records.queries import RecordQueries

__all__ = ["Finding", "Kind", "Severity", "findings"]

_SEVERITY_OF: Final[dict[Kind, Severity]] = {
    "not_finite": "bad",
    "divergence": "bad",
    "spikes": "warn",
    "plateau": "note",
}


def findings(run: RecordQueries, columns: Courses | None = None) -> list[Finding]:
    """Looks a run through.

    Values that are not finite are looked for in every column; divergence in losses, plateaus in
    losses of epochs, spikes in losses and gradient norms, by their names. Columns of more than
    2,048 values are looked at in so many stretches: spikes in their highest values, the others in
    their means.

    Args:
        run: A recorder or a run.
        columns: The run's courses where they have been read already.

    Returns:
        The gravest first; of equally grave ones, first what concerns the run as a whole.
    """
    read = courses(run) if columns is None else columns
    of_rows = [*of_epochs(run), *_of_columns(read)]
    # The log after all that reads it: damage comes to light when the damaged part is read.
    found = [*of_log(run), *of_rows]
    return sorted(found, key=lambda one: SEVERITIES.index(one.severity))


def _of_columns(columns: Courses) -> Iterator[Finding]:
    for table, of_table in columns.items():
        noun = table.removesuffix("s")
        for name, course in of_table.items():
            for kind, rule in RULES.items():
                met = rule(name, course, noun)
                if met is not None:
                    yield Finding(kind, _SEVERITY_OF[kind], table, name, *met)
