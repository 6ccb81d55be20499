"""One thing that stands out in a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from tachograph.overview.wording import printable

__all__ = ["SEVERITIES", "Finding", "Kind", "Severity", "finding_line"]

Kind: TypeAlias = Literal[
    "not_finite",
    "spikes",
    "divergence",
    "plateau",
    "overfitting",
    "past_best",
    "damage",
    "crash",
    "exception",
    "dropped",
    "resumed",
    "torn_tail",
]
_TEXT_CHARS: Final = 200

Severity: TypeAlias = Literal["bad", "warn", "note"]

SEVERITIES: Final[tuple[Severity, ...]] = ("bad", "warn", "note")
"""The gravest first."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that stands out.

    Attributes:
        kind: What it is.
        severity: ``"bad"``, ``"warn"`` or ``"note"``.
        table: ``"steps"`` or ``"epochs"``; None for what concerns the run as a whole.
        metric: The column's name as recorded, which is data; None likewise.
        label: The step or epoch at which it begins; None where there is none.
        text: What it is in words, without the metric's name; may quote the log.
    """

    kind: Kind
    severity: Severity
    table: str | None
    metric: str | None
    label: int | None
    text: str


def finding_line(finding: Finding) -> str:
    """The text with the metric's name, to be shown: nothing in it acts on a terminal."""
    metric = "" if finding.metric is None else f"{printable(finding.metric)}: "
    # The text may quote the log, as the name of an exception does.
    return metric + printable(finding.text, max_chars=_TEXT_CHARS)
