"""What a recorder says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["RecorderStatus"]


@dataclass(frozen=True, slots=True)
class RecorderStatus:
    """The state of a recorder.

    Attributes:
        rows: Rows logged by this recorder, epochs and steps together. The values of one call that
            came from a device are a row of their own.
        steps: Rows of the steps table.
        epochs: Rows of the epochs table.
        bytes: Bytes on disk.
        pending: Rows whose values are still on a device; at most 16 once a call has returned.
        dropped: Rows that could not be kept, for example because the disk was full, or because the
            device failed that had their values.
        stalled_seconds: Seconds that calls had to wait because rows came faster than they can be
            written.
        queued_bytes: Bytes of full segments that wait to be sealed.
        last_error: The last failure of the disk, None where there was none.
        closed: Whether the recorder was closed.
        mechanism: How rows reach the kernel: ``"mmap"`` or ``"write"``; ``"memory"`` without a
            file, ``"disabled"`` under TACHO_DISABLED, ``"none"`` as long as a loaded run has not
            been logged to.
    """

    rows: int = 0
    steps: int = 0
    epochs: int = 0
    bytes: int = 0
    pending: int = 0
    dropped: int = 0
    stalled_seconds: float = 0.0
    queued_bytes: int = 0
    last_error: str | None = None
    closed: bool = False
    mechanism: str = "none"

    @classmethod
    def from_core(cls, status: Mapping[str, Any]) -> RecorderStatus:
        """Takes over what the writer says."""
        return cls(**{name: status[name] for name in cls.__slots__ if name in status})
