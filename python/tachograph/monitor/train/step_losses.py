"""The loss of each batch, recorded as it is computed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tachograph.monitor.loader_batches import cross_entropy
from tachograph.recorder import TrainingRecorder

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["StepLosses"]


class StepLosses:
    """A loss function that tells the recorder, under the step that the batch leads to.

    The row merges with the monitor's of the same step. A loss on a GPU is handed over as it is,
    so that the training does not wait for it.
    """

    def __init__(self, recorder: TrainingRecorder) -> None:
        """Counts from step 0, as the optimizer of a new run does."""
        self._recorder = recorder
        self._step = 0

    def __call__(self, logits: Tensor, labels: Tensor) -> Tensor:
        """The mean cross entropy of a batch.

        Args:
            logits: ``[samples, classes]``.
            labels: ``[samples]`` of integers.
        """
        loss = cross_entropy(logits, labels)
        self._recorder.log_step(self._step, {"loss": loss.detach()})
        self._step += 1
        return loss
