"""Questions to a run's columns; functions over the compiled core's handles."""

from tachograph.analysis.comparison import compare_runs
from tachograph.analysis.histories import loss_history, metric_history, series
from tachograph.analysis.summary import training_summary

__all__ = ["compare_runs", "loss_history", "metric_history", "series", "training_summary"]
