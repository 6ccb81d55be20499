"""What was recorded, as objects: epochs, steps, attempts, and the run that holds them."""

from tachograph.records.attempt import Attempt
from tachograph.records.epoch_record import EpochRecord
from tachograph.records.epoch_sequence import EpochSequence
from tachograph.records.queries import RecordQueries
from tachograph.records.run import Run, RunStatus
from tachograph.records.step_sequence import StepRecord, StepSequence

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
