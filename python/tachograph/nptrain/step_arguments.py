"""Arguments that a step and a whole training have in common, checked before anything is moved."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from tachograph.analysis.arrays import fraction, whole_number
from tachograph.exceptions import ArgumentTypeError, InvalidArgumentError
from tachograph.nptrain.clipping import norm_bound
from tachograph.nptrain.model_protocol import check_methods, check_model
from tachograph.nptrain.objectives import objective

__all__ = ["StepArguments", "checked_step"]

_HAS_ANOTHER_UPDATE = (Mapping, AbstractSet)


@dataclass(frozen=True, slots=True)
class StepArguments:
    """What a step is to do, in sound values.

    Attributes:
        max_norm: None for no bound.
        label_smoothing: 0 for none.
        n_parts: Parts into which a batch is cut.
    """

    max_norm: float | None
    label_smoothing: float
    n_parts: int


def checked_step(
    model: Any,
    task: Any,
    *,
    clip_norm: Any,
    optimizer: Any,
    label_smoothing: Any,
    accumulation_steps: Any,
) -> StepArguments:
    """The arguments of `train_step` that say what to do, rather than with which data.

    Raises:
        ArgumentTypeError: An argument has the wrong type.
        InvalidArgumentError: An argument is out of bounds, or asks what the task cannot do.
    """
    check_model(model)
    objective(task)
    if optimizer is not None:
        _check_optimizer(optimizer)
    share = fraction(label_smoothing, "label_smoothing", takes_low=True)
    if share and task != "classification":
        message = f"label_smoothing must be 0 for {task}: it is for classification, not {share:g}"
        raise InvalidArgumentError(message, argument="label_smoothing")
    return StepArguments(
        max_norm=None if clip_norm is None else norm_bound(clip_norm, "clip_norm"),
        label_smoothing=share,
        n_parts=whole_number(accumulation_steps, "accumulation_steps", at_least=1),
    )


def _check_optimizer(optimizer: Any) -> None:
    check_methods(optimizer, "optimizer", ("update",))
    if isinstance(optimizer, _HAS_ANOTHER_UPDATE):
        message = f"optimizer must be an optimizer, not {type(optimizer).__name__}"
        raise ArgumentTypeError(message, argument="optimizer")
