"""What came out of a run, in one line of a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from tachograph.records.queries import RecordQueries

__all__ = ["Result", "best_of", "result_of"]


@dataclass(frozen=True, slots=True)
class Result:
    """What came out of a run.

    Attributes:
        experiment_name: The experiment's name, exactly.
        run_id: The run's id.
        steps: Rows of the steps table, those of one step together.
        epochs: Rows of the epochs table.
        best_epoch: The label of the best epoch; None where no epoch has a loss that can be best.
        best_loss: The loss by which it is best: its validation loss, else its training loss.
        best_val_loss: The validation loss of the best epoch.
        best_train_loss: Its training loss.
        total_time: Sum of the epochs' times, in seconds; None without epochs.
        final_learning_rate: Of the last epoch; None without epochs.
        convergence: ``"converging"``, ``"plateaued"`` or ``"insufficient_data"``.
        git_commit: The commit that ran, as captured; None where it is not known.
    """

    experiment_name: str
    run_id: str
    steps: int
    epochs: int
    best_epoch: int | None
    best_loss: float | None
    best_val_loss: float | None
    best_train_loss: float | None
    total_time: float | None
    final_learning_rate: float | None
    convergence: str
    git_commit: str | None


def result_of(run: RecordQueries) -> Result:
    """Reads what came out of a run.

    Args:
        run: A recorder or a run.
    """
    reader = run._columns()  # noqa: SLF001 -- recorders and runs have their columns in common
    about = run._experiment_record()  # noqa: SLF001
    summary: dict[str, Any] = run.get_training_summary()
    best = reader.best()
    commit = run._environment_record().get("git_commit")  # noqa: SLF001
    return Result(
        experiment_name=about.name,
        run_id=about.run_id,
        steps=reader.length("steps", merged=True),
        epochs=reader.counts()[0],
        best_epoch=summary.get("best_epoch"),
        best_loss=None if best is None else best[2],
        best_val_loss=summary.get("best_val_loss"),
        best_train_loss=summary.get("best_train_loss"),
        total_time=summary.get("total_time"),
        final_learning_rate=summary.get("final_learning_rate"),
        convergence=str(summary.get("convergence_info", {}).get("status", "insufficient_data")),
        git_commit=commit if isinstance(commit, str) else None,
    )


def best_of(
    losses: Sequence[tuple[float | None, float | None]],
) -> tuple[int, Literal["val", "train"]] | None:
    """Which run is the best, and by which of its losses.

    Validation losses are compared where every run that has a loss has one, else the training
    losses; the first of equal ones.

    Args:
        losses: Of each run's best epoch the validation and the training loss.
    """
    is_validated = all(val is not None for val, train in losses if train is not None)
    by: Literal["val", "train"] = "val" if is_validated else "train"
    compared = {
        at: loss
        for at, (val, train) in enumerate(losses)
        if (loss := val if is_validated else train) is not None and loss == loss
    }
    return (min(compared, key=compared.__getitem__), by) if compared else None
