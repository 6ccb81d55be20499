"""The history that a training returns: six lists, an element an epoch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

from tachograph.nptrain.sample_means import sample_mean

__all__ = ["HISTORY_KEYS", "Epoch", "EpochMeans", "History", "append_epoch", "new_history"]

History: TypeAlias = dict[str, list[float]]

HISTORY_KEYS: Final = (
    "train_loss",
    "train_metric",
    "val_loss",
    "val_metric",
    "learning_rates",
    "grad_norms",
)


@dataclass(frozen=True, slots=True)
class Epoch:
    """An epoch's row of the history."""

    train_loss: float
    train_metric: float
    val_loss: float
    val_metric: float
    learning_rate: float
    grad_norm: float


class EpochMeans:
    """What the steps of one epoch come to: a short last batch counts by its samples."""

    def __init__(self) -> None:
        """No step yet."""
        self._counts: list[int] = []
        self._losses: list[float] = []
        self._metrics: list[float] = []
        self._grad_norms: list[float] = []

    def add(self, outcome: tuple[float, float, float], n_samples: int) -> None:
        """Adds what `train_step` returned for a batch of so many samples."""
        loss, metric, grad_norm = outcome
        self._counts.append(n_samples)
        self._losses.append(loss)
        self._metrics.append(metric)
        self._grad_norms.append(grad_norm)

    @property
    def loss(self) -> float:
        """Mean over the samples."""
        return sample_mean(self._losses, self._counts)

    @property
    def metric(self) -> float:
        """Mean over the samples."""
        return sample_mean(self._metrics, self._counts)

    @property
    def grad_norm(self) -> float:
        """Mean over the steps, of the norm before clipping."""
        return sample_mean(self._grad_norms, [1] * len(self._grad_norms))


def new_history() -> History:
    """Six empty lists."""
    return {key: [] for key in HISTORY_KEYS}


def append_epoch(history: History, epoch: Epoch) -> None:
    """Puts an epoch's values at the ends of the lists."""
    history["train_loss"].append(epoch.train_loss)
    history["train_metric"].append(epoch.train_metric)
    history["val_loss"].append(epoch.val_loss)
    history["val_metric"].append(epoch.val_metric)
    history["learning_rates"].append(epoch.learning_rate)
    history["grad_norms"].append(epoch.grad_norm)
