"""The training summary and the stability analysis as text."""

from collections.abc import Mapping
from typing import Any

from tachograph.cli.output import emit
from tachograph.cli.table import print_pairs
from tachograph.overview.stability import STABILITY_WORDS
from tachograph.overview.wording import duration, number, printable

_SUMMARY_LABELS = {
    "total_epochs": "epochs",
    "total_time": "total time",
    "avg_epoch_time": "time an epoch",
    "best_epoch": "best epoch",
    "best_train_loss": "its train loss",
    "best_val_loss": "its val loss",
    "final_learning_rate": "final learning rate",
}
_TIMES = frozenset({"total_time", "avg_epoch_time"})


def print_summary(summary: Mapping[str, Any]) -> None:
    """Prints what `get_training_summary` returned, the analyses left out."""
    _print_section("Training summary", summary, _SUMMARY_LABELS)


def print_stability(stability: Mapping[str, Any]) -> None:
    """Prints what `analyze_training_stability` returned."""
    _print_section("Stability", stability, STABILITY_WORDS)


def _print_section(title: str, values: Mapping[str, Any], labels: Mapping[str, str]) -> None:
    emit(title)
    shown = [
        (f"  {label}", _shown(key, values[key])) for key, label in labels.items() if key in values
    ]
    print_pairs(shown or [("  too few epochs", "")])
    emit()


def _shown(key: str, value: Any) -> str:
    if isinstance(value, str):
        return printable(value.replace("_", " "))
    return duration(value) if key in _TIMES else number(value)
