"""The options of a monitor, checked."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

from tachograph.exceptions import ArgumentTypeError, InvalidArgumentError

__all__ = ["MonitorOptions", "OnBudget"]

OnBudget: TypeAlias = Literal["warn", "thin"]

_FLAGS = ("per_layer", "per_group", "weights", "memory", "host_memory", "nvml", "every_rank")


@dataclass(frozen=True, slots=True)
class MonitorOptions:
    """What a monitor measures, and how often; `attach` says what each option means."""

    step: Callable[[], int] | None = None
    start_step: int | None = None
    log_every_n_steps: int = 1
    per_layer: bool = False
    per_group: bool = False
    weights: bool = False
    memory: bool = True
    host_memory: bool = False
    nvml: bool = False
    batch_size: int | None = None
    every_rank: bool = False
    budget: float = 0.01
    on_budget: OnBudget = "warn"

    def __post_init__(self) -> None:
        """Checks each option.

        Raises:
            ArgumentTypeError: An option has the wrong type.
            InvalidArgumentError: An option's value makes no sense.
        """
        if self.step is not None and not callable(self.step):
            message = f"step must be a function of no arguments, not {type(self.step).__name__}"
            raise ArgumentTypeError(message, argument="step")
        if self.step is not None and self.start_step is not None:
            message = "start_step says where the count begins, and step= counts by itself"
            raise InvalidArgumentError(message, argument="start_step")
        for name in _FLAGS:
            value = getattr(self, name)
            if not isinstance(value, bool):
                message = f"{name} must be True or False, not {value!r}"
                raise ArgumentTypeError(message, argument=name)
        _check_count(self.log_every_n_steps, "log_every_n_steps")
        if self.batch_size is not None:
            _check_count(self.batch_size, "batch_size")
        if self.start_step is not None:
            _check_integer(self.start_step, "start_step")
        budget: Any = self.budget
        is_number = isinstance(budget, int | float) and not isinstance(budget, bool)
        if not is_number or not math.isfinite(budget) or budget <= 0:
            message = f"budget must be a positive share of the step, as 0.01 is, not {budget!r}"
            raise InvalidArgumentError(message, argument="budget")
        if self.on_budget not in get_args(OnBudget):
            message = f"on_budget must be 'warn' or 'thin', not {self.on_budget!r}"
            raise InvalidArgumentError(message, argument="on_budget")


def _check_integer(value: Any, argument: str) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        message = f"{argument} must be an integer, not {type(value).__name__}"
        raise ArgumentTypeError(message, argument=argument)


def _check_count(value: Any, argument: str) -> None:
    _check_integer(value, argument)
    if value < 1:
        raise InvalidArgumentError(f"{argument} must be at least 1, not {value}", argument=argument)
