"""What the parts of a stability analysis are called."""

from __future__ import annotations

from typing import Final

__all__ = ["SLOPES", "STABILITY_WORDS"]

STABILITY_WORDS: Final = {
    "train_trend": "train trend",
    "val_trend": "val trend",
    "train_volatility": "train volatility",
    "val_volatility": "val volatility",
    "overfitting_score": "overfitting score",
    "convergence_status": "convergence",
    "non_finite_train": "train losses not finite",
    "non_finite_val": "val losses not finite",
}
"""The keys of `analyze_training_stability` in words, in the order in which they are shown."""

SLOPES: Final = frozenset({"train_trend", "val_trend", "overfitting_score"})
"""Those that are in loss an epoch."""
