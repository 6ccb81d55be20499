"""Watching a training from inside: gradients, weights, memory, classes, while it runs.

Start here::

    from tachograph import TrainingRecorder
    from tachograph.monitor import attach

    with TrainingRecorder("baseline") as recorder, attach(model, recorder, optimizer):
        train(model, optimizer)

Names are imported when they are first used. All but a few need PyTorch, and say what to install
where it is missing: ``pip install 'tachograph[torch]'``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tachograph.monitor.attaching import attach as attach
    from tachograph.monitor.cost import MonitorCost as MonitorCost
    from tachograph.monitor.gradient_norm import calculate_gradient_norm as calculate_gradient_norm
    from tachograph.monitor.memory_reader import MemoryReader as MemoryReader
    from tachograph.monitor.monitor import Monitor as Monitor
    from tachograph.monitor.throughput import Throughput as Throughput
    from tachograph.monitor.weight_meter import WeightMeter as WeightMeter
    from tachograph.monitor.weight_statistics import WeightStatistics as WeightStatistics

_HOMES: dict[str, str] = {
    "MemoryReader": "tachograph.monitor.memory_reader",
    "Monitor": "tachograph.monitor.monitor",
    "MonitorCost": "tachograph.monitor.cost",
    "Throughput": "tachograph.monitor.throughput",
    "WeightMeter": "tachograph.monitor.weight_meter",
    "WeightStatistics": "tachograph.monitor.weight_statistics",
    "attach": "tachograph.monitor.attaching",
    "calculate_gradient_norm": "tachograph.monitor.gradient_norm",
}

__all__ = [
    "MemoryReader",
    "Monitor",
    "MonitorCost",
    "Throughput",
    "WeightMeter",
    "WeightStatistics",
    "attach",
    "calculate_gradient_norm",
]


def __getattr__(name: str) -> Any:
    from tachograph._lazy import attribute

    return attribute(__name__, _HOMES, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
