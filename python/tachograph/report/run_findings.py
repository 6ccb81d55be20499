"""What a run as a whole shows that a reader should know: how it ended, what its log lost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from tachograph.records.attempt import Attempt
from tachograph.report.model import Finding

__all__ = ["log_findings", "training_findings"]

_PARTING: Final = 0.005
_RISING_SHARE: Final = 0.1
_LATE_SHARE: Final = 0.25
_FEWEST_EPOCHS: Final = 10


def log_findings(
    state: str, attempts: Sequence[Attempt], log: Mapping[str, Any], outcome: Mapping[str, Any]
) -> Iterator[Finding]:
    """What the log tells of itself.

    Args:
        state: As `RunFacts.state`.
        attempts: The run's.
        log: As `Run.report`, once everything was read.
        outcome: The structured record of that name; empty where there is none.
    """
    places = log["damage"]
    if places or log["rows_lost"]:
        text = (
            f"damaged in {_counted(len(places), 'place')}: {_counted(log['rows_lost'], 'row')} lost"
        )
        yield Finding("bad", "log", f"{text}; what can be read is shown")
    exception = outcome.get("exception")
    if exception and attempts and outcome.get("attempt") == attempts[-1].attempt:
        yield Finding("bad", "run", f"ended with {exception}")
    if state == "crashed":
        yield Finding("bad", "run", "ended without being closed: killed, crashed or switched off")
    elif state == "running":
        yield Finding("note", "run", "was still being written when this report was made")
    if dropped := sum(attempt.dropped for attempt in attempts):
        yield Finding("bad", "log", f"{_counted(dropped, 'row')} could not be kept")
    if len(attempts) > 1:
        resumed = ", ".join(_resumed_at(attempt) for attempt in attempts[1:6])
        more = f" and {len(attempts) - 6} more" if len(attempts) > 6 else ""  # noqa: PLR2004 - as above
        yield Finding(
            "note", "run", f"resumed {_counted(len(attempts) - 1, 'time')}: {resumed}{more}"
        )
    if log["torn_tail_bytes"]:
        text = (
            f"its last {_counted(log['torn_tail_bytes'], 'byte')} are torn, as a crash leaves them"
        )
        yield Finding("note", "log", text)


def training_findings(summary: Mapping[str, Any], last_epoch: int | None) -> Iterator[Finding]:
    """What the epochs tell beyond single curves.

    Args:
        summary: As `get_training_summary` gives it.
        last_epoch: The label of the last epoch; None where there is none.
    """
    best, n_epochs = summary.get("best_epoch"), summary.get("total_epochs", 0)
    if best is None or last_epoch is None or n_epochs < _FEWEST_EPOCHS:
        return
    after = last_epoch - best
    came_after = f"the best epoch is {best:,}; {_counted(after, 'epoch')} came after it"
    stability = summary.get("stability_analysis") or {}
    score, loss = stability.get("overfitting_score"), summary.get("best_val_loss")
    parts = bool(score) and loss is not None and score > _PARTING * abs(loss)
    if parts and after > _RISING_SHARE * n_epochs:
        leaves = f"leaves the training loss by {score:.3g} an epoch at the end"
        yield Finding("warn", "val_loss", f"overfitting: {leaves}; {came_after}")
    elif after > _LATE_SHARE * n_epochs:
        yield Finding("note", "run", came_after)


def _resumed_at(attempt: Attempt) -> str:
    return "before a step" if attempt.first_step is None else f"at step {attempt.first_step:,}"


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
