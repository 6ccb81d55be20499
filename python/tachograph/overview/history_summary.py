"""What a watched training came to: its last epoch, its best one, gradients, confusion."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from tachograph.overview.monitored_epochs import MonitoredEpochs, Split
from tachograph.overview.wording import NOTHING, counted, number, printable

__all__ = [
    "BestEpoch",
    "Confusion",
    "EpochResult",
    "HistorySummary",
    "best_of",
    "summarize",
    "summary_lines",
]

_MOST_CLASSES: Final = 20  # a line of a matrix with more of them is wider than a screen
_MOST_PAIRS: Final = 10
_NAME_CHARS: Final = 19


@dataclass(frozen=True, slots=True)
class EpochResult:
    """Loss and accuracy of one epoch of a split.

    Attributes:
        epoch: Its label.
        loss: Its loss; None where it has none.
        acc: Its accuracy, from 0 to 1; None where it has none.
    """

    epoch: int
    loss: float | None
    acc: float | None


@dataclass(frozen=True, slots=True)
class BestEpoch(EpochResult):
    """The best epoch of the validation.

    Attributes:
        by: ``"acc"``: the highest accuracy, of equal ones that with the lower loss, then the
            earlier one. ``"loss"``, where no epoch has an accuracy: the lowest loss.
    """

    by: Literal["acc", "loss"]


@dataclass(frozen=True, slots=True)
class Confusion:
    """The confusion matrix of one epoch.

    Attributes:
        epoch: Its label.
        counts: A row for each true class, a column for each predicted one.
    """

    epoch: int
    counts: list[list[int]]


@dataclass(frozen=True, slots=True)
class HistorySummary:
    """What a watched training came to.

    Attributes:
        epochs: How many epochs there are.
        train: The last epoch of the training.
        val: The last epoch of the validation.
        best: The best epoch of the validation.
        grad_norm_mean: The mean gradient norm of the last epoch that has one.
        grad_norm_max: The largest gradient norm of that epoch.
        grad_norm_mean_all: The mean of all epochs' means.
        grad_norm_max_all: The largest of all epochs.
        confusion: The validation's last confusion matrix.
    """

    epochs: int
    train: EpochResult | None
    val: EpochResult | None
    best: BestEpoch | None
    grad_norm_mean: float | None
    grad_norm_max: float | None
    grad_norm_mean_all: float | None
    grad_norm_max_all: float | None
    confusion: Confusion | None


def summarize(epochs: MonitoredEpochs) -> HistorySummary:
    """Reads what a training came to."""
    means, largest = _known(epochs, "grad_norm_mean"), _known(epochs, "grad_norm_max")
    found = epochs.matrices("val")
    confusion = None
    if found is not None:
        rows = [[int(count) for count in row] for row in found.counts[-1].tolist()]
        confusion = Confusion(int(found.labels[-1]), rows)
    return HistorySummary(
        epochs=len(epochs.labels()),
        train=_last(epochs, "train"),
        val=_last(epochs, "val"),
        best=best_of(epochs),
        grad_norm_mean=means[-1] if means else None,
        grad_norm_max=largest[-1] if largest else None,
        # Of halves: the sum of two norms may be too large for a float.
        grad_norm_mean_all=math.fsum(mean / len(means) for mean in means) if means else None,
        grad_norm_max_all=max(largest, default=None),
        confusion=confusion,
    )


def best_of(epochs: MonitoredEpochs) -> BestEpoch | None:
    """The best epoch of the validation; None where none has an accuracy or a loss."""
    results = [_result(epochs, "val", label) for label in epochs.labels("val")]
    by_acc = [one for one in results if _is_finite(one.acc)]
    by_loss = [one for one in results if _is_finite(one.loss)]
    if by_acc:
        best = min(by_acc, key=lambda one: (-(one.acc or 0.0), _loss(one)))
        return BestEpoch(best.epoch, best.loss, best.acc, "acc")
    if by_loss:
        best = min(by_loss, key=_loss)
        return BestEpoch(best.epoch, best.loss, best.acc, "loss")
    return None


def summary_lines(summary: HistorySummary) -> list[str]:
    """The summary as text, line by line.

    The confusion matrix of more than 20 classes is told by its ten most frequent confusions.
    """
    train, val, best = summary.train, summary.val, summary.best
    final = train or val
    lines = [
        f"Training history: {counted(summary.epochs, 'epoch')}",
        "",
        "Final epoch" if final is None else f"Final epoch: {final.epoch}",
        _line("train loss", _shown(train.loss if train else None)),
        _line("train acc", _shown(train.acc if train else None)),
    ]
    if val is None:
        lines.append("  no validation")
    else:
        apart = f" (epoch {val.epoch})" if final and val.epoch != final.epoch else ""
        lines += [
            _line("val loss", _shown(val.loss) + apart),
            _line("val acc", _shown(val.acc) + apart),
        ]
    if best is not None:
        by = "highest acc" if best.by == "acc" else "lowest loss"
        lines += [
            "",
            f"Best validation epoch: {best.epoch} ({by})",
            _line("val loss", _shown(best.loss)),
            _line("val acc", _shown(best.acc)),
        ]
    return [*lines, "", *_gradient_lines(summary), "", *_confusion_lines(summary.confusion)]


def _gradient_lines(summary: HistorySummary) -> list[str]:
    told = (
        ("mean, last epoch", summary.grad_norm_mean),
        ("max, last epoch", summary.grad_norm_max),
        ("mean, all epochs", summary.grad_norm_mean_all),
        ("max, all epochs", summary.grad_norm_max_all),
    )
    if all(value is None for _, value in told):
        return ["Gradient norm: not recorded"]
    return ["Gradient norm", *(_line(name, _shown(value)) for name, value in told)]


def _confusion_lines(confusion: Confusion | None) -> list[str]:
    if confusion is None:
        return ["Confusion matrix: not recorded"]
    title = f"Confusion matrix of the validation, epoch {confusion.epoch}"
    counts = confusion.counts
    if len(counts) > _MOST_CLASSES:
        return [f"{title}: {len(counts)} classes, most frequent confusions", *_pair_lines(counts)]
    width = max(len(str(count)) for row in (*counts, range(len(counts))) for count in row) + 2
    lines = [f"{title} (rows: true class, columns: predicted)"]
    lines.append(" " * 4 + "".join(f"{name:>{width}}" for name in range(len(counts))))
    for name, row in enumerate(counts):
        lines.append(f"  {name:>2}" + "".join(f"{count:>{width}}" for count in row))
    return lines


def _pair_lines(counts: list[list[int]]) -> list[str]:
    matrix = np.array(counts, dtype=np.float64)
    np.fill_diagonal(matrix, 0)
    order = np.argsort(-matrix, axis=None, kind="stable")[:_MOST_PAIRS]
    pairs = [divmod(int(place), len(counts)) for place in order]
    lines = [
        _line(f"{true} taken for {predicted}", f"{counts[true][predicted]:,}")
        for true, predicted in pairs
        if matrix[true, predicted]
    ]
    return lines or ["  none"]


def _line(name: str, value: str) -> str:
    return f"  {name:<{_NAME_CHARS}}{value}"


def _shown(value: float | None) -> str:
    return NOTHING if value is None else printable(number(value))


def _last(epochs: MonitoredEpochs, split: Split) -> EpochResult | None:
    labels = epochs.labels(split)
    return _result(epochs, split, labels[-1]) if labels else None


def _result(epochs: MonitoredEpochs, split: Split, label: int) -> EpochResult:
    loss, acc = (epochs.value(split, label, name) for name in ("loss", "acc"))
    return EpochResult(label, loss, acc)


def _known(epochs: MonitoredEpochs, name: str) -> list[float]:
    """The finite values of a training metric, in order."""
    values = (epochs.value("train", label, name) for label in epochs.labels("train"))
    return [value for value in values if value is not None and math.isfinite(value)]


def _is_finite(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def _loss(one: EpochResult) -> float:
    """The loss to compare by: what has none comes last."""
    return one.loss if one.loss is not None and math.isfinite(one.loss) else math.inf
