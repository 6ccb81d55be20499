"""What is looked for in a run as a whole: what its log lost, how it ended, how it was trained."""

# ruff: noqa: SLF001 -- recorders and runs have the log behind their methods in common

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from tachograph.overview.damage import damage_text, is_damaged, rows_text
from tachograph.overview.finding import Finding, Severity
from tachograph.overview.wording import counted
from tachograph.records.attempt import Attempt
from tachograph.records.queries import RecordQueries

__all__ = ["of_epochs", "of_log"]

_PARTING: Final = 0.005
_RISING_SHARE: Final = 0.1
_LATE_SHARE: Final = 0.25
_FEWEST_EPOCHS: Final = 10
_LISTED: Final = 5


def of_log(run: RecordQueries) -> Iterator[Finding]:
    """What the log tells of itself.

    Args:
        run: A recorder or a run; damage is met when the damaged part is read.
    """
    reader = run._columns()
    report, attempts = reader.report(), run.attempts
    if is_damaged(report):
        yield Finding("damage", "bad", None, None, None, damage_text(report))
    records = reader.records()
    outcome = records.get("outcome")
    for attempt in attempts:
        is_last = attempt is attempts[-1]
        yield from _end_of(
            attempt, outcome, is_live=is_last and reader.writer_alive, is_last=is_last
        )
    if len(attempts) > 1:
        text = f"resumed {counted(len(attempts) - 1, 'time')}: {_resumed_at(attempts[1:])}"
        yield Finding("resumed", "note", None, None, attempts[1].first_step, text)
    repaired = _repaired(records.get("repaired"))
    if repaired is not None:
        yield Finding("damage", "note", None, None, None, repaired)
    is_cut = not report["rows_lost_known"]  # which is told above
    if report["torn_tail_bytes"] and not (is_cut or reader.writer_alive):
        torn = counted(report["torn_tail_bytes"], "byte")
        text = f"the last {torn} of the log are torn, as a crash leaves them"
        yield Finding("torn_tail", "note", None, None, None, text)


def of_epochs(run: RecordQueries) -> Iterator[Finding]:
    """What the epochs tell beyond single columns.

    Args:
        run: A recorder or a run.
    """
    reader = run._columns()
    n_epochs = reader.length("epochs")
    if n_epochs < _FEWEST_EPOCHS:
        return
    summary = run.get_training_summary()
    best = summary.get("best_epoch")
    if best is None:
        return
    after = int(reader.rows("epochs", n_epochs - 1, n_epochs)[0]["label"]) - best
    came_after = f"the best epoch is {best:,}; {counted(after, 'epoch')} came after it"
    stability = summary.get("stability_analysis") or {}
    score, loss = stability.get("overfitting_score"), summary.get("best_val_loss")
    parts = bool(score) and loss is not None and score > _PARTING * abs(loss)
    if parts and after > _RISING_SHARE * n_epochs:
        leaves = f"leaves the training loss by {score:.3g} an epoch at the end"
        text = f"overfitting: {leaves}; {came_after}"
        yield Finding("overfitting", "warn", "epochs", "val_loss", best, text)
    elif after > _LATE_SHARE * n_epochs:
        yield Finding("past_best", "note", None, None, best, came_after)


def _end_of(attempt: Attempt, outcome: Any, *, is_live: bool, is_last: bool) -> Iterator[Finding]:
    severity: Severity = "bad" if is_last else "note"  # what was resumed is past
    number, step = attempt.attempt, attempt.last_step
    if not attempt.closed and not is_live:
        text = f"attempt {number} ended without being closed"
        yield Finding("crash", severity, None, None, step, text)
    if isinstance(outcome, Mapping) and outcome.get("attempt") == number:
        text = f"attempt {number} was ended by {outcome.get('exception')}"
        yield Finding("exception", severity, None, None, step, text)
    if attempt.dropped:
        text = f"attempt {number} could not keep {counted(attempt.dropped, 'row')}"
        yield Finding("dropped", "bad", None, None, None, text)


def _repaired(record: Any) -> str | None:
    """What the run had lost of which a repair made this one; None where nothing."""
    if not isinstance(record, Mapping):
        return None
    told = (record.get(key) for key in ("rows_lost", "damaged_places"))
    lost, places = (count if isinstance(count, int) else 0 for count in told)
    if not lost and not places:
        return None
    known = record.get("rows_lost_known") is not False
    if lost or not known:
        what = f"had lost {rows_text(lost, known=known)}"
    else:
        what = f"was damaged in {counted(places, 'place')}"
    return f"written by a repair of a run that {what}"


def _resumed_at(attempts: Sequence[Attempt]) -> str:
    places = [
        "before a step" if attempt.first_step is None else f"at step {attempt.first_step:,}"
        for attempt in attempts[:_LISTED]
    ]
    more = len(attempts) - _LISTED
    return ", ".join(places) + (f" and {more:,} more" if more > 0 else "")
