"""Everything that tachograph raises or warns of.

Each class stands under `TachographError` and also under the builtin that fits, so that code that
knows nothing of this package still catches what it expects::

    TachographError
    ├── RunNotFoundError        (FileNotFoundError)  no run, or no record file, at that path
    ├── RunExistsError          (FileExistsError)    the run id is taken and resume="never"
    ├── RunLockedError          (BlockingIOError)    another process writes this run
    ├── CorruptLogError         (ValueError)         bytes of a log are damaged
    ├── UnsupportedFormatError  (ValueError)         written by a newer version, or no log at all
    ├── RecordFormatError       (ValueError)         a JSON or pickle file that is no record
    ├── RecorderClosedError     (RuntimeError)       closed, or used in a forked child
    ├── InvalidArgumentError    (ValueError)         an argument's value makes no sense
    ├── ArgumentTypeError       (TypeError)          an argument has the wrong type
    ├── HealthError             (RuntimeError)       a rule of health was met and on_finding="raise"
    ├── NonFiniteGradientError  (ValueError)         a gradient holds NaN or an infinity
    ├── UnsupportedValueError   (TypeError)          a metric's value cannot be kept exactly
    ├── ReadOnlyRecordError     (AttributeError)     a write on a record that is not writable
    ├── LogIOError              (OSError)            a file cannot be read or written
    ├── UnknownMetricError      (KeyError)           no metric of that name
    ├── NotebookError           (RuntimeError)       what draws in a notebook was called outside one
    └── MissingExtraError       (ImportError)        an optional package is not installed

    RecordingWarning            (UserWarning)        something was not recorded; training goes on
    HealthWarning               (UserWarning)        a rule of health was met; training goes on
    MonitorWarning              (UserWarning)        a monitor costs much, or does not see it all

Every class can be made from a message alone; the attributes beside it are then None.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tachograph.health.finding import Finding

__all__ = [
    "ArgumentTypeError",
    "CorruptLogError",
    "HealthError",
    "HealthWarning",
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
]


class TachographError(Exception):
    """The base of every error of this package."""


class _PathError(TachographError):
    """An error about a place on the disk.

    Attributes:
        path: The run directory or file, None where it is not known.
    """

    path: str | None

    def __init__(self, message: str = "", *, path: str | os.PathLike[str] | None = None) -> None:
        super().__init__(message)
        self.path = None if path is None else os.fspath(path)


class RunNotFoundError(_PathError, FileNotFoundError):
    """There is no run, or no record file, at `path`."""


class RunExistsError(_PathError, FileExistsError):
    """The run at `path` exists already and `resume="never"` was asked for."""


class RunLockedError(_PathError, BlockingIOError):
    """Another process writes the run at `path`.

    Attributes:
        holder: Who holds it, for example ``"pid 4711 on gpu-07"``; None where it is not known.
    """

    holder: str | None

    def __init__(
        self,
        message: str = "",
        *,
        path: str | os.PathLike[str] | None = None,
        holder: str | None = None,
    ) -> None:
        super().__init__(message, path=path)
        self.holder = holder


class CorruptLogError(_PathError, ValueError):
    """Bytes of a log are damaged where a sound reading was demanded.

    Attributes:
        offset: The first damaged byte of the file, None where it is not known.
    """

    offset: int | None

    def __init__(
        self,
        message: str = "",
        *,
        path: str | os.PathLike[str] | None = None,
        offset: int | None = None,
    ) -> None:
        super().__init__(message, path=path)
        self.offset = offset


class UnsupportedFormatError(_PathError, ValueError):
    """The file is of a kind or of a version that this release cannot read."""


class RecordFormatError(_PathError, ValueError):
    """A JSON or pickle file is not a training record, or holds what it must not."""


class RecorderClosedError(TachographError, RuntimeError):
    """The recorder is closed, or belongs to the process that forked this one."""


class _ArgumentError(TachographError):
    """An error about one argument.

    Attributes:
        argument: The argument's name, None where it is not known.
    """

    argument: str | None

    def __init__(self, message: str = "", *, argument: str | None = None) -> None:
        super().__init__(message)
        self.argument = argument


class InvalidArgumentError(_ArgumentError, ValueError):
    """An argument has a value that makes no sense."""


class ArgumentTypeError(_ArgumentError, TypeError):
    """An argument has the wrong type."""


class HealthError(TachographError, RuntimeError):
    """A rule of health was met, and `on_finding` is `"raise"`; the row that showed it is kept.

    Attributes:
        finding: What was met, None where it is not known.
    """

    finding: Finding | None

    def __init__(self, message: str = "", *, finding: Finding | None = None) -> None:
        super().__init__(message)
        self.finding = finding


class NonFiniteGradientError(TachographError, ValueError):
    """A gradient holds NaN or an infinity, as after divergence; no parameter was moved by it.

    Attributes:
        parameter: Whose gradient it is, None where it is not known.
    """

    parameter: str | None

    def __init__(self, message: str = "", *, parameter: str | None = None) -> None:
        super().__init__(message)
        self.parameter = parameter


class UnsupportedValueError(TachographError, TypeError):
    """A metric's value cannot be kept, or not without changing it.

    Attributes:
        metric: The metric's name, None where it is not known.
    """

    metric: str | None

    def __init__(self, message: str = "", *, metric: str | None = None) -> None:
        super().__init__(message)
        self.metric = metric


class ReadOnlyRecordError(TachographError, AttributeError):
    """A record that was read from a run, or its epoch label, was written to."""


class LogIOError(TachographError, OSError):
    """The disk refused a row and `on_error` is `"raise"`; or a file cannot be read or written.

    `filename` and `errno` are those of the failed operation where it has any.
    """


class UnknownMetricError(TachographError, KeyError):
    """The run has no metric of that name; the message lists near ones.

    Attributes:
        metric: The name that was asked for, None where it is not known.
        near: Names of the run that look like it, best first.
    """

    metric: str | None
    near: tuple[str, ...]

    def __init__(
        self, message: str = "", *, metric: str | None = None, near: tuple[str, ...] = ()
    ) -> None:
        super().__init__(message)
        self.metric = metric
        self.near = near

    def __str__(self) -> str:
        # KeyError shows the repr of its argument, which would quote a whole sentence.
        return str(self.args[0]) if self.args else ""


class NotebookError(TachographError, RuntimeError):
    """What draws in a notebook's cell was called where there is no notebook."""


class MissingExtraError(TachographError, ImportError):
    """An optional package is not installed, or too old; the message names the extra to install."""


class RecordingWarning(UserWarning):
    """Something could not be recorded. Training goes on; `recorder.status` has the counts."""


class MonitorWarning(UserWarning):
    """A monitor takes more of the training's time than it may, or does not see all of it."""


class HealthWarning(UserWarning):
    """A rule of health was met. Training goes on; the finding is recorded."""
