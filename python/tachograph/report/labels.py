"""What tells a report's runs apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from tachograph.report.model import RunFacts

__all__ = ["labels_of"]

_UNNAMED = "unnamed"


def labels_of(runs: Sequence[RunFacts]) -> list[RunFacts]:
    """Gives each run a label of its own: its experiment's name, with the run id where it must be.

    Args:
        runs: Runs; the same one may come twice.
    """
    names = [run.name or _UNNAMED for run in runs]
    counts = Counter(names)
    labels = [
        name if counts[name] == 1 else f"{name} · {_tail(run.run_id)}"
        for name, run in zip(names, runs, strict=True)
    ]
    seen: Counter[str] = Counter()
    distinct = []
    for run, label in zip(runs, labels, strict=True):
        seen[label] += 1
        shown = label if seen[label] == 1 else f"{label} ({seen[label]})"
        distinct.append(replace(run, label=shown))
    return distinct


def _tail(run_id: str) -> str:
    """The part of an id that differs between runs of one day."""
    return run_id.rpartition("-")[2] or run_id
