"""The recorder: what a training loop talks to."""

from tachograph.recorder.recorder_reference import RecorderReference
from tachograph.recorder.recorder_status import RecorderStatus
from tachograph.recorder.training_recorder import TrainingRecorder
from tachograph.records.epoch_record import EpochRecord

__all__ = ["EpochRecord", "RecorderReference", "RecorderStatus", "TrainingRecorder"]
