"""Hooks on the steps of optimizers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from tachograph._optional import require

if TYPE_CHECKING:
    from torch.optim import Optimizer

torch = require("torch", "torch")
optimizer_module = require("torch.optim.optimizer", "torch")

__all__ = ["StepHooks", "bare_optimizer"]


class StepHooks:
    """Calls before and after each step of some optimizers.

    A closure that a step is given computes the gradients inside of the step; the call before then
    comes when it has returned for the first time.

    Args:
        optimizers: The optimizers; None for all that there are and will be.
        before: Called when the gradients are complete, and nothing has moved yet.
        after: Called when the step has been made; None for no such call.
    """

    def __init__(
        self,
        optimizers: Sequence[Optimizer] | None,
        before: Callable[[Optimizer], None],
        after: Callable[[Optimizer], None] | None,
    ) -> None:
        self._before: Final = before
        self._after: Final = after
        self._handles: list[Any] = []
        if optimizers is None:
            register = optimizer_module.register_optimizer_step_pre_hook
            self._handles.append(register(self._on_step))
            if after is not None:
                register = optimizer_module.register_optimizer_step_post_hook
                self._handles.append(register(self._on_stepped))
        for optimizer in optimizers or ():
            self._handles.append(optimizer.register_step_pre_hook(self._on_step))
            if after is not None:
                self._handles.append(optimizer.register_step_post_hook(self._on_stepped))

    def remove(self) -> None:
        """Takes the hooks off."""
        while self._handles:
            self._handles.pop().remove()

    def _on_step(
        self, optimizer: Optimizer, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
        closure = args[1] if len(args) > 1 else kwargs.get("closure")
        if closure is None or not callable(closure):
            self._before(optimizer)
            return None
        watched = self._watched(optimizer, closure)
        if len(args) > 1:
            return (args[0], watched, *args[2:]), kwargs
        return args, {**kwargs, "closure": watched}

    def _watched(self, optimizer: Optimizer, closure: Callable[[], Any]) -> Callable[[], Any]:
        is_first = True

        def computing() -> Any:
            nonlocal is_first
            result = closure()
            if is_first:
                is_first = False
                self._before(optimizer)
            return result

        return computing

    def _on_stepped(self, optimizer: Optimizer, _args: Any, _kwargs: Any) -> None:
        if self._after is not None:
            self._after(optimizer)


def bare_optimizer(optimizer: Any) -> Any:
    """The optimizer that makes the steps, out of what Lightning or Accelerate have put round it."""
    inner = getattr(optimizer, "optimizer", None)
    while isinstance(inner, torch.optim.Optimizer) and inner is not optimizer:
        optimizer, inner = inner, getattr(inner, "optimizer", None)
    return optimizer
