"""Two runs side by side."""

from __future__ import annotations

from math import inf
from typing import Any

from tachograph._core import ROLE_FIELD, Reader
from tachograph.analysis.summary import training_summary

__all__ = ["compare_runs"]

_VERDICTS = ("better_performer", "loss_difference", "epoch_difference")


def compare_runs(names: tuple[str, str], readers: tuple[Reader, Reader]) -> dict[str, Any]:
    """Compares two runs by their best losses.

    The best validation losses are compared; where one run has none, the smallest training losses.
    NaN and +inf count as no loss.

    Args:
        names: The experiments' names, the first run's first.
        readers: The runs.

    Returns:
        `better_performer` (the name of the run with the smaller loss, ``"tie"`` where they are
        equal, None where nothing can be compared), `better_index` (0, 1 or None, for runs of the
        same name), `loss_difference` and `epoch_difference` (absolute; None where there is none),
        `compared` (``"val"``, ``"train"`` or None); lists of two in `experiment_names`,
        `total_epochs`, `best_val_loss`, `total_time` (seconds); and `convergence_comparison`, the
        first three again, or ``{"status": "insufficient_data"}``.
    """
    summaries = [training_summary(reader) for reader in readers]
    compared, losses = _losses(readers)
    better = _better(losses)
    performer = {0: names[0], 1: names[1], -1: "tie", None: None}[better]
    first, second = (summary.get("best_epoch") for summary in summaries)
    verdict = {
        "better_performer": performer,
        "loss_difference": _difference(losses),
        "epoch_difference": None if first is None or second is None else abs(first - second),
    }
    return {
        **verdict,
        "better_index": None if better == -1 else better,
        "compared": compared,
        "experiment_names": list(names),
        "total_epochs": [summary.get("total_epochs", 0) for summary in summaries],
        "best_val_loss": [summary.get("best_val_loss") for summary in summaries],
        "total_time": [summary.get("total_time", 0.0) for summary in summaries],
        "convergence_comparison": dict(verdict) if losses else {"status": "insufficient_data"},
    }


def _losses(readers: tuple[Reader, Reader]) -> tuple[str | None, tuple[float, float] | None]:
    for split in ("val", "train"):
        first, second = (_lowest(reader, f"{split}_loss") for reader in readers)
        if first is not None and second is not None:
            return split, (first, second)
    return None, None


def _lowest(reader: Reader, field: str) -> float | None:
    column = reader.column("epochs", ROLE_FIELD, field)
    if column is None:
        return None
    comparable = column[1][column[1] < inf]
    return float(comparable.min()) if len(comparable) else None


def _better(losses: tuple[float, float] | None) -> int | None:
    """The index of the better run, -1 for a tie."""
    if losses is None:
        return None
    if losses[0] == losses[1]:
        return -1
    return 0 if losses[0] < losses[1] else 1


def _difference(losses: tuple[float, float] | None) -> float | None:
    if losses is None:
        return None
    # Two losses of -inf are equal, though their difference is no number.
    return 0.0 if losses[0] == losses[1] else abs(losses[0] - losses[1])
