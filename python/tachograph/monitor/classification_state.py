"""Counts and moments of predictions, kept on the device where they are made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tachograph._optional import require
from tachograph.monitor.classification_totals import IGNORED, N_ASIDE, NONFINITE, OUT_OF_RANGE
from tachograph.monitor.moments import add_values, merge_moments, new_moments, wide_type

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["ClassificationState"]


class ClassificationState:
    """``classes ** 2 + 4 * bins`` numbers, whatever the number of samples.

    Attributes:
        tensors: Cells of the confusion matrix and of what is left aside; samples by calibration
            bin, right and wrong ones, and the sums of their confidences, each with a bin more for
            what is left out; the moments of the confidences; the least of them and the least of
            their negatives.

    Args:
        num_classes: How many classes.
        bins: How many calibration bins.
        ignore_index: The label of samples that do not count.
        device: A torch device.
    """

    def __init__(self, num_classes: int, bins: int, ignore_index: int, device: Any) -> None:
        torch = require("torch", "torch")
        self._num_classes = num_classes
        self._bins = bins
        self._ignore_index = ignore_index
        wide = wide_type(device)
        self._cells = torch.zeros(num_classes**2 + N_ASIDE, dtype=torch.int64, device=device)
        self._bin_samples = torch.zeros((bins + 1, 2), dtype=torch.int64, device=device)
        self._bin_sums = torch.zeros((bins + 1, 2), dtype=wide, device=device)
        self._moments = new_moments(device)
        # Of the confidences and of their negatives; made without a copy from the host.
        self._least = torch.full((2,), torch.inf, dtype=wide, device=device)
        self.tensors = (
            self._cells,
            self._bin_samples,
            self._bin_sums,
            self._moments,
            self._least,
        )

    def fold(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Adds samples, without reading from the device.

        Args:
            logits: ``[batches, ..., classes]``.
            labels: ``[batches, ...]`` of integers.

        Returns:
            ``[batches]``: how many samples of each batch have a label that is not ignored.
        """
        torch = require("torch", "torch")
        scores = logits.reshape(-1, self._num_classes)
        if scores.dtype in (torch.float16, torch.bfloat16):
            scores = scores.float()
        classes = labels.reshape(-1).long()
        top, predicted = scores.max(1, keepdim=True)
        # The largest of the softmax, NaN where there is none. Of few classes torch's own softmax
        # takes thrice as long.
        confidence = (scores - top).exp_().sum(1).reciprocal_().to(self._moments.dtype)
        predicted = predicted.squeeze(1)
        labelled = (classes >= 0) & (classes < self._num_classes)
        labelled &= classes != self._ignore_index
        keep = labelled & ~confidence.isnan()
        self._count(classes, predicted, labelled, keep)
        sides = torch.stack([confidence, -confidence])
        self._lower(torch.where(keep, sides, torch.inf).amin(1))
        confidence = torch.where(keep, confidence, 0)
        self._calibrate(classes != predicted, confidence, keep)
        add_values(self._moments, confidence, keep.to(confidence.dtype))
        counted: Tensor = (classes != self._ignore_index).view(len(labels), -1).sum(1)
        return counted

    def merge(self, other: ClassificationState) -> None:
        """Adds the samples of another."""
        self._cells += other._cells
        self._bin_samples += other._bin_samples
        self._bin_sums += other._bin_sums
        merge_moments(self._moments, other._moments)
        self._lower(other._least)

    def _count(self, classes: Tensor, predicted: Tensor, labelled: Tensor, keep: Tensor) -> None:
        torch = require("torch", "torch")
        # torch.bincount would read the largest value from the device, to size its result.
        last = self._num_classes**2
        unlabelled = torch.where(classes == self._ignore_index, last + IGNORED, last + OUT_OF_RANGE)
        cell = torch.where(keep, classes * self._num_classes + predicted, last + NONFINITE)
        cell = torch.where(labelled, cell, unlabelled)
        self._cells.index_add_(0, cell, torch.ones_like(cell))

    def _calibrate(self, wrong: Tensor, confidence: Tensor, keep: Tensor) -> None:
        torch = require("torch", "torch")
        # Bin b holds confidences in (b / bins, (b + 1) / bins]; what is left out, one behind them.
        inner = (confidence * self._bins).ceil_().sub_(1).clamp_(0, self._bins - 1).long()
        cell = torch.where(keep, inner, self._bins) * 2 + wrong
        self._bin_samples.view(-1).index_add_(0, cell, torch.ones_like(cell))
        self._bin_sums.view(-1).index_add_(0, cell, confidence)

    def _lower(self, least: Tensor) -> None:
        torch = require("torch", "torch")
        self._least.copy_(torch.minimum(self._least, least))
