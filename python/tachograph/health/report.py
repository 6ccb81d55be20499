"""The findings of a run as one list that shows itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any, Final, Self, overload

from tachograph.health.finding import Finding, Severity

__all__ = ["SEVERITIES", "HealthReport", "where_text"]

SEVERITIES: Final[tuple[Severity, ...]] = ("error", "warning", "note")
"""The gravest first."""

_MOST_SHOWN: Final = 20
_MESSAGE_CHARS: Final = 200
_CELL: Final = 'style="text-align:left;padding:2px 10px 2px 0;background:none;border:0"'


class HealthReport(Sequence[Finding]):
    """Findings, the gravest first; of equally grave ones in the order in which they were met.

    A sequence that cannot be changed: it has a length, indices, and equals another one of the same
    findings. Printed it is a short table; in a notebook as well.
    """

    __slots__ = ("_findings",)

    def __init__(self, findings: Iterable[Finding] = ()) -> None:
        """Sorts and keeps the findings.

        Args:
            findings: In the order in which they were met; each that is there twice is kept once.
        """
        kept: dict[tuple[Any, ...], Finding] = {}
        for finding in findings:
            kept.setdefault(_identity(finding), finding)
        self._findings: tuple[Finding, ...] = tuple(
            sorted(kept.values(), key=lambda one: SEVERITIES.index(one.severity))
        )

    @property
    def ok(self) -> bool:
        """Whether there is neither an error nor a warning; notes are no trouble."""
        return all(finding.severity == "note" for finding in self._findings)

    @property
    def codes(self) -> tuple[str, ...]:
        """What was met, each once, the gravest first."""
        return tuple(dict.fromkeys(finding.code for finding in self._findings))

    def of(self, code: str) -> Self:
        """The findings of one code; none where nothing of it was met."""
        return type(self)(finding for finding in self._findings if finding.code == code)

    def __len__(self) -> int:
        return len(self._findings)

    @overload
    def __getitem__(self, index: int) -> Finding: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Finding, ...]: ...
    def __getitem__(self, index: int | slice) -> Finding | tuple[Finding, ...]:
        return self._findings[index]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, HealthReport):
            return NotImplemented
        return _identities(self) == _identities(other)

    def __hash__(self) -> int:
        return hash(_identities(self))

    def __repr__(self) -> str:
        return f"HealthReport({list(self._findings)!r})"

    def __str__(self) -> str:
        rows = self._rows()
        if not rows:
            return "healthy: no findings"
        widths = [max(len(row[at]) for row in rows) for at in range(3)]
        lines = [
            "  ".join(
                [*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), text]
            )
            for *row, text in rows
        ]
        return "\n".join([*lines, *self._more()])

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr>{''.join(f'<td {_CELL}>{escape(cell)}</td>' for cell in row)}</tr>"
            for row in self._rows()
        )
        more = "".join(f"<p>{line}</p>" for line in self._more())
        return f"<table>{rows}</table>{more}" if rows else "<p>healthy: no findings</p>"

    def _rows(self) -> list[tuple[str, str, str, str]]:
        return [
            (one.severity, where_text(one), one.code, _harmless(one.message))
            for one in self._findings[:_MOST_SHOWN]
        ]

    def _more(self) -> list[str]:
        left = len(self._findings) - _MOST_SHOWN
        return [f"and {left:,} more"] if left > 0 else []


def where_text(finding: Finding) -> str:
    """Where it was met, in words: ``step 1,200`` or ``epoch 3``."""
    if finding.step is not None:
        return f"step {finding.step:,}"
    return "" if finding.epoch is None else f"epoch {finding.epoch:,}"


def _identity(finding: Finding) -> tuple[Any, ...]:
    """What makes two findings the same one, whoever tells it: what was met, and where."""
    return (finding.code, finding.metric, finding.split, finding.step, finding.epoch)


def _identities(report: HealthReport) -> tuple[tuple[Any, ...], ...]:
    return tuple(_identity(finding) for finding in report)


def _harmless(text: str) -> str:
    """The text, which may quote a column's name, as it can be shown: nothing in it acts."""
    shown = text if len(text) <= _MESSAGE_CHARS else f"{text[: _MESSAGE_CHARS - 3]}..."
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in shown)
