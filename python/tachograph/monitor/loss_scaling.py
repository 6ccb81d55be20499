"""Watches `GradScaler`, while a monitor is attached: it unscales gradients, and skips steps."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Protocol

from tachograph._optional import require
from tachograph.monitor.function_swap import AttributeSwap, FunctionSwap
from tachograph.monitor.watchers import Watchers

if TYPE_CHECKING:
    from torch import Tensor
    from torch.optim import Optimizer

torch = require("torch", "torch")

__all__ = ["ScalerWatcher", "scaler_watchers"]


class ScalerWatcher(Protocol):
    """Who wants to know of scalers."""

    def on_unscale(self, optimizer: Optimizer, scale: Tensor) -> None:
        """An optimizer's gradients are about to be divided by a scaler's scale."""

    def steps_of(self, optimizer: Optimizer) -> int | None:
        """How many steps the optimizer has made; None where it is not watched."""

    def on_skip(self, optimizer: Optimizer) -> None:
        """A scaler has left a step out, because gradients are not finite."""

    def __hash__(self) -> int: ...


def _watched_unscale(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def unscale_(self: Any, optimizer: Optimizer) -> Any:
        # The tensor: `get_scale` would wait for its number.
        scale = self._get_scale_async() if self.is_enabled() else None
        if scale is not None:
            for watcher in scaler_watchers:
                watcher.on_unscale(optimizer, scale)
        return original(self, optimizer)

    return unscale_


def _watched_step(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def step(self: Any, optimizer: Optimizer, *args: Any, **kwargs: Any) -> Any:
        before = [(watcher, watcher.steps_of(optimizer)) for watcher in scaler_watchers]
        result = original(self, optimizer, *args, **kwargs)
        for watcher, n_steps in before:
            if n_steps is not None and watcher.steps_of(optimizer) == n_steps:
                watcher.on_skip(optimizer)
        return result

    return step


def _make_swaps() -> tuple[FunctionSwap, ...]:
    return (
        AttributeSwap(torch.amp.GradScaler, "unscale_", _watched_unscale),
        AttributeSwap(torch.amp.GradScaler, "step", _watched_step),
    )


scaler_watchers: Final[Watchers[ScalerWatcher]] = Watchers(_make_swaps)
"""Who is told of each scaler's doings."""
