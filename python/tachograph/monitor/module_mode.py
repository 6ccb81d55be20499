"""A model in training or evaluation mode for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn

__all__ = ["module_mode"]


@contextmanager
def module_mode(model: nn.Module, *, training: bool) -> Iterator[None]:
    """Sets a mode, and gives every module its own back at the end.

    `model.train()` alone would not: a model that trains may hold layers that do not, as frozen
    batch norms.

    Args:
        model: The model.
        training: Whether to train or to evaluate.
    """
    before = [(module, module.training) for module in model.modules()]
    model.train(training)
    try:
        yield
    finally:
        for module, was_training in before:
            module.training = was_training
