"""What a run is about: the record that its first attempt writes at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tachograph.records.instants import instant_from, micros_of

__all__ = ["Experiment"]


@dataclass(frozen=True, slots=True)
class Experiment:
    """The name, configurations and beginning of a run.

    Attributes:
        name: The experiment's name, exactly as it was given.
        run_id: The run's id, exactly.
        model_config: The model's configuration.
        training_config: The training's configuration.
        created: When the run was made (UTC); None where no record says so.
    """

    name: str
    run_id: str
    model_config: Any = field(default_factory=dict)
    training_config: Any = field(default_factory=dict)
    created: datetime | None = None

    @classmethod
    def from_records(cls, records: Mapping[str, Any], fallback_run_id: str) -> Experiment:
        """Reads it out of a run's structured records; a damaged run may lack them.

        Args:
            records: As `Reader.records` gives them.
            fallback_run_id: The run id where no record has it.
        """
        record = records.get("experiment")
        given = record if isinstance(record, Mapping) else {}
        return cls(
            name=str(given.get("name", "")),
            run_id=str(given.get("run_id", fallback_run_id)),
            model_config=_config(given.get("model_config")),
            training_config=_config(given.get("training_config")),
            created=instant_from(given.get("created")),
        )

    def to_record(self) -> dict[str, Any]:
        """The structured record `experiment`; `created` in microseconds since 1970 UTC."""
        return {
            "name": self.name,
            "run_id": self.run_id,
            "model_config": self.model_config,
            "training_config": self.training_config,
            "created": None if self.created is None else micros_of(self.created),
        }


def _config(value: Any) -> Any:
    return {} if value is None else value
