"""What a training prints: a heading, a line an epoch, a summary."""

from __future__ import annotations

from tachograph.nptrain.best_parameters import BestParameters
from tachograph.nptrain.history import Epoch

__all__ = ["ProgressLines"]

_METRICS = {"classification": "Acc", "regression": "NegLoss"}


class ProgressLines:
    """Prints to the standard output, or does not."""

    def __init__(self, n_epochs: int, task: str, *, printing: bool) -> None:
        """Nothing is printed yet."""
        self._n_epochs = n_epochs
        self._task = task
        self._printing = printing
        self._n_done = 0

    def begin(self, n_train: int, n_val: int) -> None:
        """The heading."""
        self._print(
            f"Training for up to {self._n_epochs} epochs ({self._task}): "
            f"{n_train} training samples, {n_val} validation samples"
        )

    def epoch(self, epoch: Epoch) -> None:
        """An epoch's line."""
        self._n_done += 1
        metric = _METRICS[self._task]
        width = len(str(self._n_epochs))
        self._print(
            f"Epoch {self._n_done:{width}}/{self._n_epochs} | LR: {epoch.learning_rate:.6g} | "
            f"Train Loss: {epoch.train_loss:.4f} | Train {metric}: {epoch.train_metric:.4f} | "
            f"Val Loss: {epoch.val_loss:.4f} | Val {metric}: {epoch.val_metric:.4f} | "
            f"Grad Norm: {epoch.grad_norm:.4f}"
        )

    def end(self, best: BestParameters, *, stopped: bool, restored: bool) -> None:
        """The summary."""
        if not self._n_done:
            self._print("Finished after 0 epochs: none was to be run; the model is as it came")
            return
        how = "Stopped early" if stopped else "Finished"
        if best.epoch is None:
            found = "no validation loss was finite"
            kept = "the model has the parameters that it came with"
        else:
            found = f"best Val Loss {best.loss:.4f} in epoch {best.epoch + 1}"
            kept = "whose parameters the model has"
        if not restored:
            kept = "the model has the parameters of the last step"
        epochs = f"{self._n_done} epoch{'s' * (self._n_done != 1)}"
        self._print(f"{how} after {epochs}: {found}; {kept}")

    def _print(self, line: str) -> None:
        if self._printing:
            print(line, flush=True)  # noqa: T201 -- what `verbose` asks for
