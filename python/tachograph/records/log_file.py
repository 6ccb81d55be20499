"""What a run's directory holds."""

from typing import Final

__all__ = ["LOG_NAME", "PACKED_SUFFIX"]

LOG_NAME: Final = "run.tacho"
"""The main file of the log; a directory that has one is a run."""

PACKED_SUFFIX: Final = ".tacho"
"""How the name of a run ends that is a single file."""
