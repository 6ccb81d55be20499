"""Configurations as rows of names and texts, and what differs between runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tachograph.overview.configurations import (
    Setting,
    configuration_of,
    setting_text,
    settings_of,
)
from tachograph.report.model import RunFacts

__all__ = ["flat", "settings", "split"]


def flat(config: Any) -> list[tuple[str, str]]:
    """A nested configuration as one level of names and texts: ``optimizer.lr``.

    Args:
        config: As the log keeps it; what is no mapping is one value without a name.
    """
    return [(setting.name, setting_text(setting.values[0])) for setting in settings_of([config])]


def settings(runs: Sequence[RunFacts]) -> tuple[Setting, ...]:
    """The settings of all runs, with ``model.`` and ``training.`` before their names."""
    return settings_of([configuration_of(run.model_config, run.training_config) for run in runs])


def split(
    settings: Sequence[Setting],
) -> tuple[list[tuple[str, ...]], list[tuple[str, str]]]:
    """What differs between runs, and what is the same in all.

    Args:
        settings: Of all runs.

    Returns:
        For each that differs its name and a text a run; name and text of each other.
    """
    differing = [setting for setting in settings if setting.differs]
    same = [setting for setting in settings if not setting.differs]
    return (
        [(one.name, *map(setting_text, one.values)) for one in differing],
        [(one.name, setting_text(one.values[0])) for one in same],
    )
