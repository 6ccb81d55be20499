"""Classification metrics from counts and moments on the host; nothing here needs torch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tachograph.exceptions import InvalidArgumentError

__all__ = ["IGNORED", "NONFINITE", "N_ASIDE", "OUT_OF_RANGE", "ClassificationTotals", "Split"]

Split: TypeAlias = Literal["train", "val"]

# Behind the cells of the confusion matrix, those of samples that stand in none of them.
NONFINITE, OUT_OF_RANGE, IGNORED = 0, 1, 2
N_ASIDE = 3


@dataclass(frozen=True, eq=False)
class ClassificationTotals:
    """What an epoch's predictions come to; its size does not depend on the number of samples.

    Attributes:
        confusion_matrix: ``[classes, classes]`` of int64: samples by label (row) and prediction
            (column).
        bin_samples: ``[bins, 2]`` of int64: samples by confidence from 0 to 1, those predicted
            right and those predicted wrong.
        bin_confidences: ``[bins, 2]`` of float64: the sums of their confidences.
        confidence_moments: Count, mean, sum of squared deviations of the confidences.
        confidence_min: The least confidence, inf without samples.
        confidence_max: The greatest, -inf without samples.
        nonfinite_samples: Samples whose logits have no softmax; they count nowhere else.
        ignored: Samples whose label is `ignore_index`.
    """

    confusion_matrix: NDArray[np.int64]
    bin_samples: NDArray[np.int64]
    bin_confidences: NDArray[np.float64]
    confidence_moments: tuple[float, float, float]
    confidence_min: float
    confidence_max: float
    nonfinite_samples: int
    ignored: int

    @classmethod
    def of_arrays(cls, arrays: Sequence[NDArray[Any]], num_classes: int, ignore_index: int) -> Self:
        """From the arrays of `ClassificationState.tensors`.

        Raises:
            InvalidArgumentError: There were labels of no class.
        """
        cells, bin_samples, bin_sums, moments, least = arrays
        aside = cells[num_classes**2 :].tolist()
        if aside[OUT_OF_RANGE]:
            message = (
                f"labels must be from 0 to {num_classes - 1}, or {ignore_index} for samples to "
                f"leave out; {aside[OUT_OF_RANGE]} of {int(cells.sum())} are not"
            )
            raise InvalidArgumentError(message, argument="labels")
        count, mean, squares = moments.tolist()
        return cls(
            confusion_matrix=cells[: num_classes**2].reshape(num_classes, -1),
            bin_samples=bin_samples.reshape(-1, 2)[:-1],
            bin_confidences=bin_sums.reshape(-1, 2)[:-1],
            confidence_moments=(count, mean, squares),
            confidence_min=float(least[0]),
            confidence_max=-float(least[1]),
            nonfinite_samples=aside[NONFINITE],
            ignored=aside[IGNORED],
        )

    @property
    def samples(self) -> int:
        """Samples with a label and a prediction."""
        return int(self.confusion_matrix.sum())

    @property
    def accuracy(self) -> float:
        """Correct ones among them; NaN where there are none."""
        return _ratio(int(np.trace(self.confusion_matrix)), self.samples)

    @property
    def calibration_error(self) -> float:
        """The expected calibration error: ``sum_b n_b / n |accuracy_b - confidence_b|``.

        Over bins of equal width, each closed at its upper end, as in Guo et al., "On calibration
        of modern neural networks" (2017).
        """
        gaps = np.abs(self.bin_samples[:, 0] - self.bin_confidences.sum(1))
        return _ratio(float(gaps.sum()), self.samples)

    def class_metrics(self, split: Split) -> dict[str, float]:
        """`class_X_acc` of every class; of a validation `class_X_precision` and `_recall`, too."""
        metrics: dict[str, float] = {}
        labelled = self.confusion_matrix.sum(1).tolist()
        predicted = self.confusion_matrix.sum(0).tolist()
        for index, correct in enumerate(np.diagonal(self.confusion_matrix).tolist()):
            recall = _ratio(correct, labelled[index])
            metrics[f"class_{index}_acc"] = recall
            if split == "val":
                metrics[f"class_{index}_precision"] = _ratio(correct, predicted[index])
                metrics[f"class_{index}_recall"] = recall
        return metrics

    def confidence_metrics(self, split: Split) -> dict[str, float]:
        """`confidence_mean`, `_std`, `_min`, `_max`; of a validation `_wrong_mean`, too."""
        count, mean, squares = self.confidence_moments
        metrics = {
            "confidence_mean": mean if count else math.nan,
            "confidence_std": math.sqrt(squares / count) if count else math.nan,
            "confidence_min": self.confidence_min if count else math.nan,
            "confidence_max": self.confidence_max if count else math.nan,
        }
        if split == "val":
            wrong = int(self.bin_samples[:, 1].sum())
            wrong_sum = float(self.bin_confidences[:, 1].sum())
            metrics["confidence_wrong_mean"] = _ratio(wrong_sum, wrong)
        return metrics

    def confusion_metrics(self) -> dict[str, Any]:
        """`true_neg`, `false_pos`, `false_neg`, `true_pos` of two classes; else the matrix."""
        rows: list[list[int]] = self.confusion_matrix.tolist()
        if len(rows) != 2:  # noqa: PLR2004 -- class 1 of two is the positive one
            return {"confusion_matrix": rows}
        (true_neg, false_pos), (false_neg, true_pos) = rows
        return {
            "true_neg": true_neg,
            "false_pos": false_pos,
            "false_neg": false_neg,
            "true_pos": true_pos,
        }


def _ratio(part: float, whole: float) -> float:
    """NaN where there is nothing to be a part of: never a 0 that nobody measured."""
    return part / whole if whole else math.nan
