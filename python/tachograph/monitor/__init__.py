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
    from tachograph.monitor.classification import ClassificationMetrics as ClassificationMetrics
    from tachograph.monitor.classification_totals import (
        ClassificationTotals as ClassificationTotals,
    )
    from tachograph.monitor.cost import MonitorCost as MonitorCost
    from tachograph.monitor.custom_metrics import EpochResult as EpochResult
    from tachograph.monitor.custom_metrics import register_metric as register_metric
    from tachograph.monitor.custom_metrics import registered_metrics as registered_metrics
    from tachograph.monitor.custom_metrics import unregister_metric as unregister_metric
    from tachograph.monitor.epoch_evaluation import evaluate as evaluate
    from tachograph.monitor.epoch_record import record_epoch as record_epoch
    from tachograph.monitor.epoch_training import train_one_epoch as train_one_epoch
    from tachograph.monitor.gradient_norm import calculate_gradient_norm as calculate_gradient_norm
    from tachograph.monitor.history_events import (
        export_history_to_tensorboard as export_history_to_tensorboard,
    )
    from tachograph.monitor.history_file import History as History
    from tachograph.monitor.history_file import read_history as read_history
    from tachograph.monitor.history_file import write_history as write_history
    from tachograph.monitor.memory_reader import MemoryReader as MemoryReader
    from tachograph.monitor.metric_text import metrics_text as metrics_text
    from tachograph.monitor.metric_text import print_metrics as print_metrics
    from tachograph.monitor.monitor import Monitor as Monitor
    from tachograph.monitor.regression import RegressionMetrics as RegressionMetrics
    from tachograph.monitor.weight_meter import WeightMeter as WeightMeter
    from tachograph.monitor.weight_statistics import WeightStatistics as WeightStatistics

_HOMES: dict[str, str] = {
    "ClassificationMetrics": "tachograph.monitor.classification",
    "ClassificationTotals": "tachograph.monitor.classification_totals",
    "EpochResult": "tachograph.monitor.custom_metrics",
    "History": "tachograph.monitor.history_file",
    "MemoryReader": "tachograph.monitor.memory_reader",
    "Monitor": "tachograph.monitor.monitor",
    "MonitorCost": "tachograph.monitor.cost",
    "RegressionMetrics": "tachograph.monitor.regression",
    "WeightMeter": "tachograph.monitor.weight_meter",
    "WeightStatistics": "tachograph.monitor.weight_statistics",
    "attach": "tachograph.monitor.attaching",
    "calculate_gradient_norm": "tachograph.monitor.gradient_norm",
    "evaluate": "tachograph.monitor.epoch_evaluation",
    "export_history_to_tensorboard": "tachograph.monitor.history_events",
    "metrics_text": "tachograph.monitor.metric_text",
    "print_metrics": "tachograph.monitor.metric_text",
    "read_history": "tachograph.monitor.history_file",
    "record_epoch": "tachograph.monitor.epoch_record",
    "register_metric": "tachograph.monitor.custom_metrics",
    "registered_metrics": "tachograph.monitor.custom_metrics",
    "train_one_epoch": "tachograph.monitor.epoch_training",
    "unregister_metric": "tachograph.monitor.custom_metrics",
    "write_history": "tachograph.monitor.history_file",
}

__all__ = [
    "ClassificationMetrics",
    "ClassificationTotals",
    "EpochResult",
    "History",
    "MemoryReader",
    "Monitor",
    "MonitorCost",
    "RegressionMetrics",
    "WeightMeter",
    "WeightStatistics",
    "attach",
    "calculate_gradient_norm",
    "evaluate",
    "export_history_to_tensorboard",
    "metrics_text",
    "print_metrics",
    "read_history",
    "record_epoch",
    "register_metric",
    "registered_metrics",
    "train_one_epoch",
    "unregister_metric",
    "write_history",
]


def __getattr__(name: str) -> Any:
    from tachograph._lazy import attribute

    return attribute(__name__, _HOMES, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
