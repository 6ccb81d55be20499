"""What a run's directory holds."""

from pathlib import Path
from typing import Final

__all__ = ["LOG_NAME", "PACKED_SUFFIX", "is_run"]

LOG_NAME: Final = "run.tacho"
"""The main file of the log; a directory that has one is a run."""

PACKED_SUFFIX: Final = ".tacho"
"""How the name of a run ends that is a single file."""


def is_run(path: Path) -> bool:
    """Whether the path itself is a run: a directory with a log, or a packed file."""
    try:
        return (path.suffix == PACKED_SUFFIX and path.is_file()) or (path / LOG_NAME).is_file()
    except OSError:  # longer than any path, or not to be looked at: what it is opening it says
        return False
