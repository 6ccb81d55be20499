"""What a copied or pickled recorder is."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NoReturn

from tachograph._core import Reader
from tachograph.exceptions import RecorderClosedError, RunNotFoundError
from tachograph.recorder.checkpoint import Position
from tachograph.records.run import Run
from tachograph.records.step_sequence import StepSequence

__all__ = ["RecorderReference"]


class RecorderReference(Run):
    """A recorder's run, to read; what copying or pickling a recorder gives.

    It holds the run's id, path and position, and opens the run when it is first asked; of a run
    in memory it holds the rows. It shows the run as it is by then, not only up to the position.
    A log has one writer, so nothing can be logged here: `TrainingRecorder.load` of the path, or
    `load_state_dict`, begins a new attempt.
    """

    def __init__(self, state: dict[str, Any]) -> None:
        """Refers to a run; opens nothing.

        Args:
            state: What `TrainingRecorder.state_dict` gave.
        """
        self._position = Position.from_state(state)
        self._path = Path(self._position.path or f"{self._position.run_id}.tacho")
        # A run in memory has no place, and the working directory may be gone.
        self._place = self._path if self._position.path is None else self._path.absolute()
        self._reader = None
        self._steps = StepSequence(self._columns)

    @property
    def position(self) -> Position:
        """The run and how far it was when the reference was made."""
        return self._position

    @property
    def run_id(self) -> str:
        """The run's id."""
        return self._position.run_id

    @property
    def experiment_name(self) -> str:
        """The experiment's name."""
        return self._position.experiment_name

    @property
    def path(self) -> Path | None:  # type: ignore[override]
        """The run's directory; None for a run in memory."""
        return None if self._position.path is None else self._path

    def state_dict(self) -> dict[str, Any]:
        """The position, as `TrainingRecorder.state_dict` gave it."""
        return self._position.to_state()

    def log_step(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        """Refuses.

        Raises:
            RecorderClosedError: Always.
        """
        raise RecorderClosedError(
            "this is a copy of a recorder, which can only be read: log to the recorder itself, or "
            "go on with TrainingRecorder(...).load_state_dict(copy.state_dict())"
        )

    log_steps = log_epoch = log_step

    def __repr__(self) -> str:
        place = "in memory" if self.path is None else str(self.path)
        return f"<RecorderReference {self.experiment_name!r} {self.run_id}: {place}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return RecorderReference, (self.state_dict(),)

    def _open_reader(self) -> Reader:
        if self._reader is None:
            self._reader = self._opened()
        return self._reader

    def _opened(self) -> Reader:
        if self._position.path is not None:
            return Reader.open(self._position.path)
        if self._position.log is None:
            raise RunNotFoundError("the recorder was disabled and kept nothing")
        return Reader.from_packed(self._position.log)
