"""A training watched from inside.

Names are imported when they are first used: the package imports without torch, and a name that
needs it says what to install.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tachograph.monitor.history_events import (
        export_history_to_tensorboard as export_history_to_tensorboard,
    )
    from tachograph.monitor.history_file import History as History
    from tachograph.monitor.history_file import read_history as read_history
    from tachograph.monitor.history_file import write_history as write_history

_HOMES: dict[str, str] = {
    "History": "tachograph.monitor.history_file",
    "export_history_to_tensorboard": "tachograph.monitor.history_events",
    "read_history": "tachograph.monitor.history_file",
    "write_history": "tachograph.monitor.history_file",
}

__all__ = ["History", "export_history_to_tensorboard", "read_history", "write_history"]


def __getattr__(name: str) -> Any:
    from tachograph._lazy import attribute

    return attribute(__name__, _HOMES, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
