"""The health of a run in a log: what was recorded while it ran, and what is found again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from tachograph._core import Reader
from tachograph.health.finding import Finding
from tachograph.health.report import HealthReport

__all__ = ["health_of", "recorded_findings"]

_KEY: Final = "finding/"


def health_of(reader: Reader, thresholds: Mapping[str, float] | None = None) -> HealthReport:
    """The findings of a run.

    Args:
        reader: What reads it.
        thresholds: Parameters of the rules that differ from the defaults, by name. Where any are
            given, only what is found with them counts: what was recorded was found with others.

    Returns:
        What the log keeps, and what the rules find in its rows; each once.

    Raises:
        ArgumentTypeError: `thresholds` does not map names to numbers.
        InvalidArgumentError: No rule has a parameter of that name, or it has no such value.
    """
    found = [Finding.from_record(one) for one in reader.health(thresholds or None)]
    return HealthReport(found if thresholds else [*recorded_findings(reader), *found])


def recorded_findings(reader: Reader) -> Iterator[Finding]:
    """What was met while the run was logged, in that order.

    A record that is no finding, as a newer version might write, is passed over.
    """
    records = [item for item in reader.records().items() if item[0].startswith(_KEY)]
    for _key, record in sorted(records, key=lambda item: _number(item[0])):
        if isinstance(record, Mapping) and _is_finding(record):
            yield Finding.from_record(record)


def _number(key: str) -> tuple[int, ...]:
    """The attempt and the number behind the key, as numbers."""
    parts = key.removeprefix(_KEY).split("/")
    return tuple(int(part) if part.isdecimal() else 0 for part in parts)


def _is_finding(record: Mapping[str, Any]) -> bool:
    """Whether a record has what a finding has, each of its type."""
    texts = ("code", "severity", "metric", "message", "advice")
    places = ("step", "epoch")
    return (
        all(isinstance(record.get(name), str) for name in texts)
        and record["severity"] in {"error", "warning", "note"}
        and all(name in record and isinstance(record[name], int | None) for name in places)
        and all(isinstance(record.get(name), int | float) for name in ("value", "threshold"))
        and "split" in record
    )
