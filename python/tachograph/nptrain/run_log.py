"""A training's steps and epochs, handed to a recorder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tachograph.analysis.arrays import whole_number
from tachograph.nptrain.history import Epoch
from tachograph.nptrain.model_protocol import check_methods

if TYPE_CHECKING:
    from tachograph.recorder import TrainingRecorder

__all__ = ["METRIC", "RunLog"]

METRIC = "metric"
"""The metric's name in the log, of steps and of epochs: accuracy, or the negative loss."""


class RunLog:
    """Counts steps and epochs from 0 and logs them; without a recorder it only counts."""

    def __init__(self, recorder: TrainingRecorder | None, log_every: int) -> None:
        """Nothing logged yet.

        Args:
            recorder: Where to log; None for nowhere.
            log_every: Steps that are multiples of this are logged, at least 1.

        Raises:
            ArgumentTypeError: `recorder` is none, or `log_every` no integer.
            InvalidArgumentError: It is below 1.
        """
        if recorder is not None:
            check_methods(recorder, "recorder", ("log_step", "log_epoch"))
        self._recorder = recorder
        self._log_every = whole_number(log_every, "log_every", at_least=1)
        self._n_steps = self._n_epochs = 0

    def step(self, outcome: tuple[float, float, float], learning_rate: float) -> None:
        """Logs what `train_step` returned, if the step's turn has come."""
        step = self._n_steps
        self._n_steps += 1
        if self._recorder is None or step % self._log_every:
            return
        loss, metric, grad_norm = outcome
        self._recorder.log_step(
            step,
            {
                "loss": loss,
                METRIC: metric,
                "grad_norm": grad_norm,
                "learning_rate": learning_rate,
            },
        )

    def epoch(self, epoch: Epoch, seconds: float) -> None:
        """Logs an epoch and how long it took."""
        label = self._n_epochs
        self._n_epochs += 1
        if self._recorder is None:
            return
        self._recorder.log_epoch(
            label,
            epoch.train_loss,
            epoch.val_loss,
            {METRIC: epoch.train_metric},
            {METRIC: epoch.val_metric},
            epoch.learning_rate,
            seconds,
            epoch.grad_norm,
        )
