"""Configurations of several runs, setting by setting."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

import numpy as np

from tachograph.overview.wording import NOTHING
from tachograph.records.equality import same_value

__all__ = ["ABSENT", "Absent", "Setting", "configuration_of", "setting_text", "settings_of"]


class Absent(Enum):
    """What stands where a run has no such setting, which is not a setting of None."""

    ABSENT = "absent"

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = Absent.ABSENT

_Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of every run.

    Attributes:
        name: Its name, which is data: ``model.`` or ``training.`` and the keys that lead to it.
        values: Its value in each run, in their order; `ABSENT` where a run has none.
    """

    name: str
    values: tuple[Any, ...]

    @property
    def differs(self) -> bool:
        """Whether not all runs have the same."""
        return not all(_same(self.values[0], value) for value in self.values[1:])


def configuration_of(model_config: Any, training_config: Any) -> dict[str, Any]:
    """Both configurations of a run as one, of which its settings are."""
    parts = {"model": model_config, "training": training_config}
    return {name: part for name, part in parts.items() if not _is_empty(part)}


def setting_text(value: Any) -> str:
    """A setting's value for people, as JSON but for text; from the log. `-` where it is absent."""
    if value is ABSENT:
        return NOTHING
    if isinstance(value, str):
        return value
    if hasattr(value, "tolist"):
        value = value.tolist()
    try:
        return json.dumps(value, ensure_ascii=False, default=str)
    except (TypeError, ValueError):  # keys that are no text, bytes within lists
        return str(value)


def settings_of(configurations: Sequence[Mapping[str, Any]]) -> tuple[Setting, ...]:
    """Every setting that at least one of the configurations has, in first-seen order.

    Args:
        configurations: One mapping a run; mappings inside are taken apart, lists are values.
    """
    flat = [dict(_leaves(configuration, ())) for configuration in configurations]
    paths = dict.fromkeys(path for settings in flat for path in settings)
    return tuple(
        Setting(".".join(path), tuple(settings.get(path, ABSENT) for settings in flat))
        for path in paths
    )


def _leaves(value: Any, path: _Path) -> Iterator[tuple[_Path, Any]]:
    if isinstance(value, Mapping) and (value or not path):
        for key, item in value.items():
            yield from _leaves(item, (*path, str(key)))
    else:
        yield path, value.tolist() if isinstance(value, np.generic) else value


def _is_empty(part: Any) -> bool:
    return isinstance(part, Mapping) and not part


def _same(first: Any, second: Any) -> bool:
    if isinstance(first, list | tuple) and isinstance(second, list | tuple):
        return len(first) == len(second) and all(map(_same, first, second))
    if isinstance(first, Mapping) and isinstance(second, Mapping):
        return first.keys() == second.keys() and all(
            _same(value, second[key]) for key, value in first.items()
        )
    # 1 and True, and 1 and 1.0, are equal to Python and not the same setting.
    return type(first) is type(second) and same_value(first, second)
