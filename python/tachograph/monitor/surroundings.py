"""What a monitor records beside gradients: weights and memory."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from tachograph._optional import require
from tachograph.monitor.deferred import Deferred, Row
from tachograph.monitor.memory_reader import MemoryReader
from tachograph.monitor.monitor_options import MonitorOptions
from tachograph.monitor.weight_meter import WeightMeter
from tachograph.monitor.weight_statistics import WeightStatistics

if TYPE_CHECKING:
    from torch import Tensor

torch = require("torch", "torch")

__all__ = ["Surroundings"]


class Surroundings:
    """Reads weights and memory, where that was asked for.

    Args:
        parameters: The model's parameters.
        options: What is to be read.
    """

    def __init__(self, parameters: Sequence[Tensor], options: MonitorOptions) -> None:
        self._meter: WeightMeter | None = None
        self._statistics: WeightStatistics | None = None
        if options.weights:
            self._meter = WeightMeter(parameters)
            self._statistics = WeightStatistics(parameters)
            self._statistics.mark()
        self._memory = _memory_reader(parameters, options)

    @property
    def weighs(self) -> bool:
        """Whether each step's change of the weights is measured."""
        return self._meter is not None

    @property
    def reads_memory(self) -> bool:
        """Whether a row has figures of the memory."""
        return self._memory is not None

    def before_step(self) -> None:
        """The optimizer is about to move the weights."""
        if self._meter is not None:
            self._meter.before()

    def after_step(self) -> list[Deferred]:
        """It has moved them; returns the norms that are on their way."""
        if self._meter is None:
            return []
        return [
            Deferred(norm.reshape(1), partial(_take, name))
            for name, norm in self._meter.after().items()
        ]

    def fill(self, row: Row) -> None:
        """Adds the memory's figures to a row."""
        if self._memory is not None:
            row.update(self._memory.read())

    def at_epoch(self) -> dict[str, float]:
        """The statistics of the weights at an epoch's end, and their change in it."""
        if self._memory is not None:
            self._memory.begin_epoch()
        if self._statistics is None:
            return {}
        read = self._statistics.read()
        self._statistics.mark()
        # `weight_mean_after` and so on, as the history of a training has always called them.
        return {name if "change" in name else f"{name}_after": read[name] for name in read}

    def clear(self) -> None:
        """Lets go of the weights, their copies, and the thread that asks for temperatures."""
        self._meter = self._statistics = None
        if self._memory is not None:
            self._memory.close()
            self._memory = None


def _memory_reader(parameters: Sequence[Tensor], options: MonitorOptions) -> MemoryReader | None:
    devices = {parameter.device for parameter in parameters if parameter.is_cuda}
    wants_cuda = options.memory and bool(devices)
    if not (wants_cuda or options.host_memory or options.nvml):
        return None
    listed = sorted(devices, key=str) if wants_cuda or options.nvml else []
    return MemoryReader(listed, host=options.host_memory, nvml=options.nvml)


def _take(name: str, row: Row, values: list[float]) -> None:
    row[name] = values[0]
