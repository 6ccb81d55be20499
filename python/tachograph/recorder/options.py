"""The options of a recorder, checked."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

from tachograph.exceptions import ArgumentTypeError, InvalidArgumentError
from tachograph.recorder.place import Resume

__all__ = ["Durability", "Mechanism", "OnDuplicate", "OnError", "Options", "check_text"]

Durability: TypeAlias = Literal["process", "interval", "always"]
OnError: TypeAlias = Literal["warn", "raise"]
Mechanism: TypeAlias = Literal["auto", "mmap", "write"]
OnDuplicate: TypeAlias = Literal["keep", "error"]

_CHOICES: dict[str, tuple[str, ...]] = {
    "resume": get_args(Resume),
    "durability": get_args(Durability),
    "on_error": get_args(OnError),
    "mechanism": get_args(Mechanism),
    "on_duplicate": get_args(OnDuplicate),
}


@dataclass(frozen=True, slots=True)
class Options:
    """How a recorder works; `TrainingRecorder` says what each option means."""

    resume: Resume = "never"
    durability: Durability = "interval"
    sync_interval_secs: float = 1.0
    on_error: OnError = "warn"
    mechanism: Mechanism = "auto"
    on_duplicate: OnDuplicate = "keep"
    capture_environment: bool = True

    def __post_init__(self) -> None:
        """Checks each option.

        Raises:
            InvalidArgumentError: An option has no such value.
        """
        for name, choices in _CHOICES.items():
            value = getattr(self, name)
            if value not in choices:
                listed = ", ".join(map(repr, choices))
                message = f"{name} must be one of {listed}, not {value!r}"
                raise InvalidArgumentError(message, argument=name)
        secs: Any = self.sync_interval_secs
        is_number = isinstance(secs, int | float) and not isinstance(secs, bool)
        if not is_number or not math.isfinite(secs) or secs <= 0:
            message = f"sync_interval_secs must be a positive number, not {secs!r}"
            raise InvalidArgumentError(message, argument="sync_interval_secs")


def check_text(value: object, argument: str) -> str:
    """Returns text that the log can hold.

    Raises:
        ArgumentTypeError: It is no text.
        InvalidArgumentError: It has half a surrogate pair, which no UTF-8 can hold.
    """
    if not isinstance(value, str):
        message = f"{argument} must be a str, not {type(value).__name__}"
        raise ArgumentTypeError(message, argument=argument)
    try:
        value.encode()
    except UnicodeEncodeError:
        message = f"{argument} has half a surrogate pair, which is no Unicode text"
        raise InvalidArgumentError(message, argument=argument) from None
    return value
