"""The optimizers of a model that a monitor watches."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakSet

from tachograph.exceptions import MonitorWarning
from tachograph.monitor.gradient_kinds import is_distributed
from tachograph.monitor.monitor_options import MonitorOptions
from tachograph.monitor.optimizer_watch import OptimizerWatch

if TYPE_CHECKING:
    from torch import Tensor
    from torch.optim import Optimizer

__all__ = ["WatchList"]


class WatchList:
    """Finds what is watched of an optimizer that makes a step.

    Args:
        parameters: The model's parameters, by name, each once.
        optimizers: The optimizers; None for the first one that moves the model's parameters.
        options: What is measured.
    """

    def __init__(
        self,
        parameters: dict[str, Tensor],
        optimizers: Sequence[Optimizer] | None,
        options: MonitorOptions,
    ) -> None:
        self._parameters: dict[str, Tensor] = parameters
        self._ids: Final = frozenset(map(id, parameters.values()))
        self._options: Final = options
        self._others: WeakSet[Optimizer] = WeakSet()
        self._watches: dict[int, OptimizerWatch] = {}
        self.optimizers: list[Optimizer] | None = None if optimizers is None else [*optimizers]
        """Those that were given; None for whichever comes."""
        for place, optimizer in enumerate(optimizers or ()):
            if len(optimizers or ()) == 1:
                self._watch(optimizer, parameters)
            else:
                own = {id(one) for group in optimizer.param_groups for one in group["params"]}
                theirs = {name: one for name, one in parameters.items() if id(one) in own}
                self._watch(optimizer, theirs, f"optimizer_{place}")

    @property
    def parameters(self) -> list[Tensor]:
        """The model's parameters."""
        return [*self._parameters.values()]

    @property
    def is_distributed(self) -> bool:
        """Whether parameters lie in shards on several processes, which all must measure."""
        return any(map(is_distributed, self._parameters.values()))

    def get(self, optimizer: Optimizer) -> OptimizerWatch | None:
        """What is watched of an optimizer; None of one that has nothing to do with the model."""
        watch = self._watches.get(id(optimizer))
        if watch is not None and watch.optimizer is optimizer:
            return watch
        return self._found(optimizer) if self.optimizers is None else None

    def clear(self) -> None:
        """Lets go of everything."""
        self._watches.clear()
        self._parameters = {}
        self.optimizers = []

    def __iter__(self) -> Iterator[OptimizerWatch]:
        return iter(tuple(self._watches.values()))

    def __len__(self) -> int:
        return len(self._watches)

    def __repr__(self) -> str:
        return f"{len(self._parameters)} parameters"

    def _watch(
        self, optimizer: Optimizer, parameters: dict[str, Tensor], label: str = ""
    ) -> OptimizerWatch:
        watch = OptimizerWatch(
            optimizer,
            parameters,
            label=label,
            per_layer=self._options.per_layer,
            per_group=self._options.per_group,
        )
        self._watches[id(optimizer)] = watch
        return watch

    def _found(self, optimizer: Any) -> OptimizerWatch | None:
        """Watches the first optimizer that moves the model, and another one when it has gone."""
        if optimizer in self._others:
            return None
        own = (id(one) for group in optimizer.param_groups for one in group["params"])
        if self._ids.isdisjoint(own):
            self._others.add(optimizer)
            return None
        if any(watch.optimizer is not None for watch in self._watches.values()):
            self._others.add(optimizer)
            message = (
                f"a second optimizer ({type(optimizer).__name__}) moves the model, which the "
                "monitor does not watch; name them all: attach(model, recorder, [first, second])"
            )
            warnings.warn(message, MonitorWarning, stacklevel=2)
            return None
        self._watches.clear()
        return self._watch(optimizer, self._parameters)
