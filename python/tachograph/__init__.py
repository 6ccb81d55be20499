"""A crash-safe recorder for training runs.

Start here::

    from tachograph import TrainingRecorder

    with TrainingRecorder("baseline") as recorder:
        recorder.log_step(0, {"loss": 0.7})
        recorder.log_epoch(0, train_loss=0.7, val_loss=0.8)

    import tachograph

    run = tachograph.open(recorder.path)
    steps, loss = run.history("loss")

Names are imported when they are first used, so `import tachograph` costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tachograph._core import __version__ as __version__
    from tachograph.exceptions import ArgumentTypeError as ArgumentTypeError
    from tachograph.exceptions import CorruptLogError as CorruptLogError
    from tachograph.exceptions import InvalidArgumentError as InvalidArgumentError
    from tachograph.exceptions import LogIOError as LogIOError
    from tachograph.exceptions import MissingExtraError as MissingExtraError
    from tachograph.exceptions import MonitorWarning as MonitorWarning
    from tachograph.exceptions import NonFiniteGradientError as NonFiniteGradientError
    from tachograph.exceptions import NotebookError as NotebookError
    from tachograph.exceptions import ReadOnlyRecordError as ReadOnlyRecordError
    from tachograph.exceptions import RecorderClosedError as RecorderClosedError
    from tachograph.exceptions import RecordFormatError as RecordFormatError
    from tachograph.exceptions import RecordingWarning as RecordingWarning
    from tachograph.exceptions import RunExistsError as RunExistsError
    from tachograph.exceptions import RunLockedError as RunLockedError
    from tachograph.exceptions import RunNotFoundError as RunNotFoundError
    from tachograph.exceptions import TachographError as TachographError
    from tachograph.exceptions import UnknownMetricError as UnknownMetricError
    from tachograph.exceptions import UnsupportedFormatError as UnsupportedFormatError
    from tachograph.exceptions import UnsupportedValueError as UnsupportedValueError
    from tachograph.overview.comparison import Comparison as Comparison
    from tachograph.overview.comparison import compare as compare
    from tachograph.plots import TrainingVisualizer as TrainingVisualizer
    from tachograph.recorder import RecorderReference as RecorderReference
    from tachograph.recorder import TrainingRecorder as TrainingRecorder
    from tachograph.records import Attempt as Attempt
    from tachograph.records import EpochRecord as EpochRecord
    from tachograph.records import Run as Run
    from tachograph.records import StepRecord as StepRecord
    from tachograph.records.run import open as open

_EXCEPTIONS = (
    "ArgumentTypeError",
    "CorruptLogError",
    "InvalidArgumentError",
    "LogIOError",
    "MissingExtraError",
    "MonitorWarning",
    "NonFiniteGradientError",
    "NotebookError",
    "ReadOnlyRecordError",
    "RecordFormatError",
    "RecorderClosedError",
    "RecordingWarning",
    "RunExistsError",
    "RunLockedError",
    "RunNotFoundError",
    "TachographError",
    "UnknownMetricError",
    "UnsupportedFormatError",
    "UnsupportedValueError",
)

_HOMES: dict[str, str] = {
    **dict.fromkeys(_EXCEPTIONS, "tachograph.exceptions"),
    "Attempt": "tachograph.records",
    "Comparison": "tachograph.overview.comparison",
    "EpochRecord": "tachograph.records",
    "Run": "tachograph.records",
    "StepRecord": "tachograph.records",
    "RecorderReference": "tachograph.recorder",
    "TrainingRecorder": "tachograph.recorder",
    "TrainingVisualizer": "tachograph.plots",
    "__version__": "tachograph._core",
    "compare": "tachograph.overview.comparison",
    "open": "tachograph.records.run",
}

# `open` is left out: a star import must not replace the builtin of that name.
__all__ = [
    "ArgumentTypeError",
    "Attempt",
    "Comparison",
    "CorruptLogError",
    "EpochRecord",
    "InvalidArgumentError",
    "LogIOError",
    "MissingExtraError",
    "MonitorWarning",
    "NonFiniteGradientError",
    "NotebookError",
    "ReadOnlyRecordError",
    "RecordFormatError",
    "RecorderClosedError",
    "RecorderReference",
    "RecordingWarning",
    "Run",
    "RunExistsError",
    "RunLockedError",
    "RunNotFoundError",
    "StepRecord",
    "TachographError",
    "TrainingRecorder",
    "TrainingVisualizer",
    "UnknownMetricError",
    "UnsupportedFormatError",
    "UnsupportedValueError",
    "__version__",
    "compare",
]


def __getattr__(name: str) -> Any:
    from tachograph._lazy import attribute

    return attribute(__name__, _HOMES, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
