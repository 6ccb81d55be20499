"""What was recorded, as objects: epochs, steps, attempts, and the run that holds them.

Names are imported when they are first used: a module of this package that needs no NumPy, as the
name of the log's file, does not load it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tachograph.records.attempt import Attempt as Attempt
    from tachograph.records.epoch_record import EpochRecord as EpochRecord
    from tachograph.records.epoch_sequence import EpochSequence as EpochSequence
    from tachograph.records.queries import RecordQueries as RecordQueries
    from tachograph.records.run import Run as Run
    from tachograph.records.run import RunStatus as RunStatus
    from tachograph.records.step_sequence import StepRecord as StepRecord
    from tachograph.records.step_sequence import StepSequence as StepSequence

_HOMES: dict[str, str] = {
    "Attempt": "tachograph.records.attempt",
    "EpochRecord": "tachograph.records.epoch_record",
    "EpochSequence": "tachograph.records.epoch_sequence",
    "RecordQueries": "tachograph.records.queries",
    "Run": "tachograph.records.run",
    "RunStatus": "tachograph.records.run",
    "StepRecord": "tachograph.records.step_sequence",
    "StepSequence": "tachograph.records.step_sequence",
}

__all__ = [
    "Attempt",
    "EpochRecord",
    "EpochSequence",
    "RecordQueries",
    "Run",
    "RunStatus",
    "StepRecord",
    "StepSequence",
]


def __getattr__(name: str) -> Any:
    from tachograph._lazy import attribute

    return attribute(__name__, _HOMES, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
