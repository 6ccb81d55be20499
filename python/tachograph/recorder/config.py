"""Configurations: a copy for the program, plain values for the log."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tachograph.records.experiment import Experiment
from tachograph.records.plain_value import plain_value

__all__ = ["kept_copy", "plain_config", "plain_experiment"]


def kept_copy(config: Any) -> Any:
    """A copy that later changes by the caller do not reach.

    Args:
        config: A configuration, mostly a mapping; None stands for an empty one.

    Returns:
        A deep copy; of a mapping that cannot be copied deeply, a dict whose values are copied
        where they can be; else the object itself.
    """
    if config is None:
        return {}
    try:
        return copy.deepcopy(config)
    except Exception:  # noqa: BLE001 -- any object may refuse in its own way: a lock, a module
        if isinstance(config, Mapping):
            return {key: _copied(value) for key, value in config.items()}
        return config


def plain_config(config: Any, argument: str) -> Any:
    """The configuration as the log keeps it.

    Raises:
        InvalidArgumentError: It contains itself, or nests too deeply.
    """
    return {} if config is None else plain_value(config, argument)


def plain_experiment(experiment: Experiment) -> Experiment:
    """The experiment with its configurations as the log keeps them."""
    return replace(
        experiment,
        model_config=plain_config(experiment.model_config, "model_config"),
        training_config=plain_config(experiment.training_config, "training_config"),
    )


def _copied(value: Any) -> Any:
    try:
        return copy.deepcopy(value)
    except Exception:  # noqa: BLE001 -- as above
        return value
