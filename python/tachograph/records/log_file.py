"""What a run's directory holds."""

from typing import Final

__all__ = ["LOG_NAME"]

LOG_NAME: Final = "run.tacho"
"""The main file of the log; a directory that has one is a run."""
