"""Whether a run is still written, in a word."""

from __future__ import annotations

from typing import Any

from tachograph.overview.wording import state_word

__all__ = ["state_of"]


def state_of(run: Any) -> str:
    """Live, closed, crashed or packed, in a word.

    Args:
        run: A recorder or a run.
    """
    status = run.status
    state = getattr(status, "state", None)
    if state is None:  # a recorder, which knows only whether it was closed
        return "closed" if status.closed else "live"
    return state_word(str(state))
