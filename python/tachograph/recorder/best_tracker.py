"""Whether an epoch is the best so far.

The same rule as the core's `Reader.best`, which answers for a whole history: the monitored loss is
the validation loss, or the training loss without one; strictly smaller wins; NaN and +inf never
win; the first comparable validation loss wins over all training losses, and from then on only
epochs with a validation loss compete.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import inf, nan

from tachograph._core import ROLE_FIELD, Reader

__all__ = ["BestTracker", "losses"]


class BestTracker:
    """Follows the best epoch while epochs are logged."""

    __slots__ = ("_loss", "_validated")

    def __init__(self, history: Iterable[tuple[float, float | None]] = ()) -> None:
        """Starts after a history.

        Args:
            history: Training and validation loss of each epoch so far.
        """
        self._loss = inf
        self._validated = False
        for train_loss, val_loss in history:
            self.push(train_loss, val_loss)

    def wins(self, train_loss: float, val_loss: float | None) -> bool:
        """Whether an epoch with these losses would be the best so far."""
        validated = val_loss is not None
        loss = train_loss if val_loss is None else val_loss
        if validated == self._validated:
            return loss < self._loss
        return validated and loss < inf

    def push(self, train_loss: float, val_loss: float | None) -> None:
        """Takes in the next epoch."""
        if self.wins(train_loss, val_loss):
            self._loss = train_loss if val_loss is None else val_loss
            self._validated = val_loss is not None


def losses(reader: Reader, before: int | None = None) -> Iterator[tuple[float, float | None]]:
    """Training and validation loss of each epoch of a run, in order.

    Args:
        reader: The run.
        before: Only epochs with a smaller label; None for all.
    """
    labels = reader.index("epochs")[0].tolist()
    train, val = (_by_row(reader, name) for name in ("train_loss", "val_loss"))
    for row, label in enumerate(labels):
        if before is None or label < before:
            yield train.get(row, nan), val.get(row)


def _by_row(reader: Reader, field: str) -> dict[int, float]:
    column = reader.column("epochs", ROLE_FIELD, field)
    rows = reader.column_rows("epochs", ROLE_FIELD, field)
    if column is None or rows is None:
        return {}
    return dict(zip(rows.tolist(), column[1].tolist(), strict=True))
