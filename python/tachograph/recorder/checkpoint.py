"""What a checkpoint keeps of a recorder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tachograph.exceptions import InvalidArgumentError, RunNotFoundError, UnsupportedFormatError
from tachograph.recorder.place import Place, has_log

if TYPE_CHECKING:
    from typing import Self

__all__ = ["Position", "place_of"]

_FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class Position:
    """A run and how far it was.

    Attributes:
        run_id: The run's id.
        experiment_name: The experiment's name.
        path: The run's directory; None for a run in memory.
        attempt: The attempt, from 1; 0 where a run was loaded and not logged to.
        rows: Rows that the attempt had logged, epochs and steps together.
        next_step: The step that ``step=None`` stood for.
        log: The run in memory, as the bytes of a .tacho file; None for a run on disk.
    """

    run_id: str
    experiment_name: str
    path: str | None
    attempt: int
    rows: int
    next_step: int
    log: bytes | None = field(repr=False)  # it may be large

    def to_state(self) -> dict[str, Any]:
        """A dictionary of built-in types."""
        return {"format": _FORMAT, **asdict(self)}

    @classmethod
    def from_state(cls, state: Any) -> Self:
        """Checks what `to_state` gave.

        Raises:
            InvalidArgumentError: It is something else.
            UnsupportedFormatError: A newer version made it.
        """
        if not isinstance(state, Mapping) or not isinstance(state.get("format"), int):
            shown = type(state).__name__
            message = f"state must be what a recorder's state_dict() returned, not this {shown}"
            raise InvalidArgumentError(message, argument="state")
        if state["format"] > _FORMAT:
            message = f"state has format {state['format']}; a newer tachograph is needed"
            raise UnsupportedFormatError(message)
        for name, kind in _KINDS.items():
            if not isinstance(state.get(name), kind):
                message = f"state[{name!r}] is {state.get(name)!r:.80}, which no state_dict() holds"
                raise InvalidArgumentError(message, argument="state")
        return cls(**{name: state[name] for name in _KINDS})


_KINDS: Final[dict[str, Any]] = {
    "run_id": str,
    "experiment_name": str,
    "path": str | None,
    "attempt": int,
    "rows": int,
    "next_step": int,
    "log": bytes | None,
}


def place_of(position: Position, own: Place) -> Place:
    """Finds the run of a checkpoint: where it was, or beside the recorder's own.

    Args:
        position: The checkpoint.
        own: Where the recorder that goes on there lies.

    Raises:
        RunNotFoundError: It is nowhere.
        InvalidArgumentError: It is in memory and the recorder's is on disk.
    """
    if position.path is None:
        if position.log is None:
            raise RunNotFoundError("the state is of a disabled recorder, which kept nothing")
        if own.directory is not None:
            message = (
                "state is of a run in memory; it goes on in a recorder that is in memory too "
                "(dir=None)"
            )
            raise InvalidArgumentError(message, argument="state")
        return Place(position.run_id, None, generated=False)
    tried = [Path(position.path)]
    if own.directory is not None:
        tried.append(own.directory.with_name(position.run_id))
    for directory in tried:
        if has_log(directory):
            return Place(position.run_id, directory, generated=False)
    message = f"the checkpoint's run is not there: {', '.join(map(str, tried))}"
    raise RunNotFoundError(message, path=tried[0])
