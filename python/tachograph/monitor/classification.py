"""Streaming metrics of a classifier."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tachograph._core import PredictionTotals
from tachograph._optional import require
from tachograph.exceptions import ArgumentTypeError, InvalidArgumentError
from tachograph.monitor.batch_losses import LossTotals
from tachograph.monitor.classification_state import ClassificationState
from tachograph.monitor.classification_totals import ClassificationTotals, Split
from tachograph.monitor.size_arguments import checked_size, checked_split
from tachograph.monitor.streaming_metrics import StreamingMetrics, check_tensor

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["ClassificationMetrics"]

_BINARY = 2  # classes
_MAX_DIRECT_CLASSES = 1024  # whose confusion matrix takes 8 MiB


class ClassificationMetrics(StreamingMetrics):
    """Accuracy, confusion and confidence of an epoch, from ``O(classes ** 2)`` sums on the device.

    `update` reads nothing from the device and keeps no predictions but those of a few small
    batches; `compute` reads all sums with one copy. Batches on the CPU are summed at once, in one
    call. The keys are the same in every epoch, whatever labels occur: what is undefined (the
    accuracy of a class without samples) is NaN.

    Probabilities are the softmax of the logits, in float32 for half precisions; sums are float64
    (float32 on MPS, which has no wider). A sample whose logits have no softmax (NaN, inf) is
    counted in `nonfinite_samples` and nowhere else; -inf, as of classes masked out, is a
    probability of 0.

    Args:
        num_classes: How many classes, 2 or more.
        split: ``"train"`` or ``"val"``: which keys `compute` gives.
        bins: How many calibration bins; 15 as in Guo et al., "On calibration of modern neural
            networks" (2017).
        ignore_index: The label of samples that do not count; -100 as of `cross_entropy`.
        device: Where the sums are kept; None for where the first logits are.

    Raises:
        ArgumentTypeError: An argument has the wrong type.
        InvalidArgumentError: An argument's value makes no sense.

    Example:
        >>> import torch
        >>> from tachograph.monitor import ClassificationMetrics
        >>> metrics = ClassificationMetrics(2, split="val")
        >>> metrics.update(torch.tensor([[2.0, 0.0], [3.0, 0.0]]), torch.tensor([0, 1]))
        >>> metrics.compute()["class_1_recall"]
        0.0
    """

    def __init__(
        self,
        num_classes: int,
        *,
        split: Split = "train",
        bins: int = 15,
        ignore_index: int = -100,
        device: Any = None,
    ) -> None:
        super().__init__(device)
        self._num_classes = checked_size(num_classes, "num_classes", least=_BINARY)
        self._bins = checked_size(bins, "bins", least=1)
        self._split = checked_split(split)
        self._ignore_index = checked_size(ignore_index, "ignore_index", least=-(2**63))
        # Where sums are kept on a device, batches are wanted there at once.
        on_host = self._device is None or self._device.type == "cpu"
        if on_host and self._num_classes <= _MAX_DIRECT_CLASSES:
            self._direct = PredictionTotals(self._num_classes, self._bins, self._ignore_index)

    @property
    def num_classes(self) -> int:
        """How many classes."""
        return self._num_classes

    def update(self, logits: Tensor, labels: Tensor, loss: Tensor | float | None = None) -> None:
        """Adds a batch, without reading anything from the device.

        Args:
            logits: ``[samples, classes]`` of floats, or ``[samples, classes, ...]`` with labels
                ``[samples, ...]``. Of two classes also ``[samples]`` or ``[samples, 1]``: the
                logit of class 1, whose probability is its sigmoid.
            labels: Integers from 0 to ``num_classes - 1``, or `ignore_index`. Others are counted on
                the device; `compute` raises.
            loss: The mean loss of the batch's samples (those with a label, if some are ignored),
                one value; with every batch of an epoch or with none.

        Raises:
            ArgumentTypeError: An argument is no tensor of the right type.
            InvalidArgumentError: Shapes do not fit, or `loss` was left out in between.
        """
        if self._add_direct(logits, labels, loss):
            return
        logits, labels = self._checked(logits, labels)
        self._add(logits, labels, self._checked_loss(loss, logits))

    def compute(self) -> dict[str, Any]:
        """The metrics so far, read from the device with one copy; the sums stay.

        Returns:
            Floats and ints by name: `loss` if losses were given, `acc`, `class_X_acc` and
            `confidence_mean`, `_std`, `_min`, `_max`. For training also `batch_loss_std` and
            `batch_loss_nonfinite`, if losses were given. For validation also `class_X_precision`,
            `class_X_recall`, `confidence_wrong_mean`, `calibration_error`, and `true_neg`,
            `false_pos`, `false_neg`, `true_pos` of two classes, or of more `confusion_matrix`,
            a list of rows. `nonfinite_samples` comes last.

        Raises:
            InvalidArgumentError: Labels were out of range; the message says how many.
        """
        return self.metrics_of(*self.read())

    def read(self) -> tuple[ClassificationTotals, LossTotals]:
        """The sums behind `compute`, on the host: for metrics of your own.

        Raises:
            InvalidArgumentError: Labels were out of range; the message says how many.
        """
        arrays, losses = self._read()
        totals = ClassificationTotals.of_arrays(arrays, self._num_classes, self._ignore_index)
        return totals, losses

    def metrics_of(self, totals: ClassificationTotals, losses: LossTotals) -> dict[str, Any]:
        """What `compute` gives, of sums that were read already."""
        train = self._split == "train"
        metrics: dict[str, Any] = {"loss": losses.mean} if losses.batches else {}
        metrics["acc"] = totals.accuracy
        if train and losses.batches:
            metrics["batch_loss_std"] = losses.batch_std
            metrics["batch_loss_nonfinite"] = losses.nonfinite
        metrics |= totals.class_metrics(self._split)
        metrics |= totals.confidence_metrics(self._split)
        if not train:
            metrics["calibration_error"] = totals.calibration_error
            metrics |= totals.confusion_metrics()
        metrics["nonfinite_samples"] = totals.nonfinite_samples
        return metrics

    def _checked(self, logits: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """The logits with their classes last."""
        torch = require("torch", "torch")
        check_tensor(logits, "logits")
        check_tensor(labels, "labels")
        if not logits.is_floating_point():
            message = f"logits must be floats, not {logits.dtype}"
            raise ArgumentTypeError(message, argument="logits")
        if labels.is_floating_point() or labels.is_complex():
            message = (
                f"labels must be integers, not {labels.dtype}: pass labels.long() where they are "
                "class numbers, labels.argmax(1) where they are one-hot"
            )
            raise ArgumentTypeError(message, argument="labels")
        expected = (*labels.shape[:1], self._num_classes, *labels.shape[1:])
        if labels.ndim and logits.shape == expected:
            return (logits.movedim(1, -1) if labels.ndim > 1 else logits), labels
        if self._num_classes == _BINARY and _is_one_logit(logits, labels):
            positive = logits.reshape(-1).detach()
            return torch.stack([torch.zeros_like(positive), positive], 1), labels.reshape(-1)
        message = (
            f"logits must be [samples, {self._num_classes}] and labels [samples], or both with the "
            f"same axes behind; they are {list(logits.shape)} and {list(labels.shape)}"
        )
        raise InvalidArgumentError(message, argument="logits")

    def _new_state(self, device: Any) -> ClassificationState:
        return ClassificationState(self._num_classes, self._bins, self._ignore_index, device)

    def _sizes(self) -> str:
        return (
            f"num_classes={self._num_classes}, bins={self._bins}, ignore_index={self._ignore_index}"
        )


def _is_one_logit(logits: Tensor, labels: Tensor) -> bool:
    flat = logits.ndim == 1 or logits.shape[1:] == (1,)
    return bool(flat and labels.shape in ((len(logits),), (len(logits), 1)))
