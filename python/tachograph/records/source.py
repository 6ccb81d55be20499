"""What the methods of runs and recorders are made over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tachograph._core import Reader
from tachograph.records.experiment import Experiment

__all__ = ["RecordSource"]


class RecordSource:
    """Where the columns are, and what the run is about; a run and a recorder say so."""

    def _columns(self) -> Reader:
        """The run's reader, up to date."""
        raise NotImplementedError

    def _experiment_record(self) -> Experiment:
        raise NotImplementedError

    def _environment_record(self) -> Mapping[str, Any]:
        raise NotImplementedError

    def _early_stopping_record(self) -> Mapping[str, Any]:
        raise NotImplementedError
