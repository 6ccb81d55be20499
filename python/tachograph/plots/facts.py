"""What the text panels and the caption of a figure say of a run."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tachograph.curves import Record
from tachograph.overview.stability import SLOPES, STABILITY_WORDS
from tachograph.overview.wording import counted, duration
from tachograph.plots.words import number, shown

__all__ = ["best_facts", "caption", "stability_facts", "summary_facts"]

Facts = list[tuple[str, str]]


def caption(run: Record) -> str:
    """Run id, steps, epochs, time and Git commit, in one line."""
    parts = [f"run {shown(run.run_id)}"]
    status = run.status
    if status.steps:
        parts.append(counted(len(run.steps), "step"))
    parts.append(counted(status.epochs, "epoch"))
    attempts = run.attempts
    if attempts and attempts[0].started is not None:
        parts.append(f"{attempts[0].started:%Y-%m-%d %H:%M} UTC")
        spans = [one.ended - one.started for one in attempts if one.ended and one.started]
        if spans and len(spans) == len(attempts):
            parts.append(duration(sum(span.total_seconds() for span in spans)))
    commit = run._environment_record().get("git_commit")  # noqa: SLF001 -- on runs and recorders
    if isinstance(commit, str) and commit:
        dirty = run._environment_record().get("git_dirty")  # noqa: SLF001
        parts.append(f"commit {shown(commit[:10])}{' (dirty)' if dirty else ''}")
    return "  ·  ".join(parts)


def summary_facts(run: Record) -> Facts:
    """Counts, times and losses of the whole run."""
    summary = run.get_training_summary()
    if not summary:
        return [("Epochs", "0")]
    best = summary["best_epoch"]
    return [
        ("Experiment", shown(run.experiment_name, 24)),
        ("Epochs", f"{summary['total_epochs']:,}"),
        ("Total time", duration(summary["total_time"]) if summary["total_time"] else "-"),
        (
            "Time per epoch",
            duration(summary["avg_epoch_time"]) if summary["avg_epoch_time"] else "-",
        ),
        ("Best epoch", "-" if best is None else str(best)),
        ("Best validation loss", number(summary["best_val_loss"])),
        ("Training loss there", number(summary["best_train_loss"])),
        ("Final learning rate", number(summary["final_learning_rate"] or None)),
    ]


def best_facts(run: Record) -> Facts:
    """What was recorded of the best epoch."""
    record = run.get_best_epoch()
    if record is None:
        return [("Epoch", "-")]
    facts = [
        ("Epoch", str(record.epoch)),
        ("Training loss", number(record.train_loss)),
        ("Validation loss", number(record.val_loss)),
        ("Learning rate", number(record.learning_rate or None)),
        ("Gradient norm", number(record.gradient_norm)),
    ]
    for split, metrics in (("train", record.train_metrics), ("val", record.val_metrics)):
        facts += [(shown(f"{split} {name}", 24), _value(value)) for name, value in metrics.items()]
    return facts


def stability_facts(run: Record) -> Facts:
    """Trend, volatility and overfitting of the losses."""
    stability = run.analyze_training_stability()
    if not stability:
        return [("Stability", "needs two epochs")]
    return [
        (words.capitalize() + (" per epoch" if key in SLOPES else ""), _value(stability[key]))
        for key, words in STABILITY_WORDS.items()
        if key in stability
    ]


def _value(value: Any) -> str:
    if isinstance(value, str):
        return shown(value.replace("_", " "), 24)
    if isinstance(value, np.ndarray):
        return shown(f"array {' x '.join(map(str, value.shape))}")
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        return shown(value, 16)
    if isinstance(value, int):
        return f"{value:,}" if abs(value) < 10**12 else number(float(value))
    return number(float(value)) if not math.isnan(value) else "NaN"
