"""The names of an epoch's metrics: which group each stands in, and which are taken."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["GROUPS", "MAIN", "OTHER", "group_of", "is_built_in"]

MAIN: Final = ("loss", "acc")
OTHER: Final = "Other Metrics"
_CONFUSION: Final = ("true_neg", "false_pos", "false_neg", "true_pos", "confusion_matrix")

# In the order of the console's block.
_PATTERNS: Final = {
    "Gradient Norms": re.compile(r"grad_norm\w*"),
    "Per-Class Metrics": re.compile(r"(class|output)_\d+_\w+"),
    "Confidence Stats": re.compile(r"confidence_\w+"),
    "Confusion Matrix": re.compile("|".join(_CONFUSION)),
}
GROUPS: Final = (*_PATTERNS, OTHER)

_OTHER_BUILT_IN: Final = re.compile(
    "batch_loss_(std|nonfinite)|calibration_error|nonfinite_samples|mae|mse|rmse|r2|lr|epoch"
    r"|weight_(mean|std|max)_after|weight_change(_l2)?"
)


def group_of(name: str) -> str:
    """The group that a metric is printed in; those of `MAIN` stand above all groups."""
    for group, pattern in _PATTERNS.items():
        if pattern.fullmatch(name):
            return group
    return OTHER


def is_built_in(name: str) -> bool:
    """Whether the library itself writes, or may write, a metric of that name."""
    return name in MAIN or group_of(name) != OTHER or _OTHER_BUILT_IN.fullmatch(name) is not None
