"""The epochs of a watched training: the metrics of both splits as curves over the epochs' labels.

They come from a history, as the training command writes one, or from the epochs of a run. The names
are those of the history: `loss`, `acc`, `grad_norm_mean`, `class_0_recall`, `true_pos` ...
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from numbers import Real
from typing import Any, Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tachograph.curves import Curve, Record, with_lost_rows
from tachograph.exceptions import ArgumentTypeError, InvalidArgumentError
from tachograph.overview.confusion_matrices import Matrices, square_matrix, stacked

__all__ = [
    "SPLITS",
    "ClassMetric",
    "MonitoredEpochs",
    "Split",
    "epochs_of_history",
    "epochs_of_run",
]

Split: TypeAlias = Literal["train", "val"]
ClassMetric: TypeAlias = Literal["acc", "precision", "recall"]
Entries: TypeAlias = Mapping[int, Mapping[str, Any]]

SPLITS: Final[tuple[Split, ...]] = ("train", "val")

_CLASS: Final = re.compile(r"class_([0-9]{1,9})_(acc|precision|recall)")
_BINARY: Final = (("true_neg", "false_pos"), ("false_neg", "true_pos"))
# Labels are drawn as float64, in which integers are exact up to here.
_LARGEST_LABEL: Final = 2**53
# What a run keeps under names of its own.
_FIELDS: Final = (("loss", "train_loss"), ("grad_norm_mean", "gradient_norm"))
_ACCURACY: Final = "accuracy"


class MonitoredEpochs:
    """What was recorded of each epoch, training and validation apart.

    Attributes:
        name: Whose epochs these are: a file's name, an experiment's, or nothing.
        run: The run that they are of; None where they are no run's.
    """

    def __init__(
        self,
        train: Entries,
        val: Entries,
        *,
        name: str = "",
        run: Record | None = None,
    ) -> None:
        """Keeps the metrics.

        Args:
            train: Those of each epoch by its label, in any order.
            val: The same of validation, of as many epochs as had one.
            name: Whose they are.
            run: The run that they are of, once they are read: damage comes to light by then.
        """
        self.name = name
        self.run = run
        self._damage = [] if run is None else _damage(run)
        splits: dict[Split, Entries] = {"train": train, "val": val}
        self._entries = {split: dict(sorted(of.items())) for split, of in splits.items()}

    def labels(self, split: Split | None = None) -> list[int]:
        """The labels of the epochs of a split, or of either, ascending."""
        wanted = SPLITS if split is None else (split,)
        return sorted({label for one in wanted for label in self._entries[one]})

    def curve(self, split: Split, name: str) -> Curve | None:
        """A metric over the epochs of a split; None where it has a number in none of them.

        An epoch that lacks it, or has null or words there, is a NaN.
        """
        entries = self._entries[split]
        values = [_number(metrics.get(name)) for metrics in entries.values()]
        if all(value is None for value in values):
            return None
        y = np.array([math.nan if value is None else value for value in values])
        found = Curve(f"{split}/{name}", "epoch", np.array(list(entries), dtype=np.int64), y)
        return with_lost_rows(found, found.x, "epochs", self._damage)

    def value(self, split: Split, label: int, name: str) -> float | None:
        """A metric of one epoch; None where there is no number."""
        return _number(self._entries[split].get(label, {}).get(name))

    def classes(self, split: Split, metric: ClassMetric) -> list[int]:
        """Every class that has the metric in any epoch, ascending."""
        names = {name for metrics in self._entries[split].values() for name in metrics}
        found = (_CLASS.fullmatch(name) for name in names if isinstance(name, str))
        return sorted({int(one[1]) for one in found if one is not None and one[2] == metric})

    def class_curve(self, split: Split, of_class: int, metric: ClassMetric) -> Curve | None:
        """A metric of a class over the epochs of a split."""
        return self.curve(split, f"class_{of_class}_{metric}")

    def matrices(self, split: Split) -> Matrices | None:
        """The confusion matrices of a split, also those of the four counts of two classes.

        Matrices that hold anything but counts are left out.
        """
        found = ((label, _matrix(metrics)) for label, metrics in self._entries[split].items())
        return stacked((label, matrix) for label, matrix in found if matrix is not None)


def epochs_of_history(history: Any, name: str = "") -> MonitoredEpochs:
    """The epochs of a history.

    An epoch's label is its `epoch`, else that of the training epoch in its place, else its place,
    from 1. Of several with one label the last counts.

    Args:
        history: Under ``"train"`` and ``"val"`` a list with a dict of metrics for each epoch.
        name: What to call it.

    Raises:
        ArgumentTypeError: It has another shape.
        InvalidArgumentError: It has neither split, or an epoch's label is no integer.
    """
    if not isinstance(history, Mapping):
        message = f"history must be a mapping of 'train' and 'val', not {type(history).__name__}"
        raise ArgumentTypeError(message, argument="history")
    if not any(split in history for split in SPLITS):
        message = "history must have a list of epochs under 'train' and 'val'; it has neither"
        raise InvalidArgumentError(message, argument="history")
    train = _listed(history.get("train"), "train")
    val = _listed(history.get("val"), "val")
    places = _labels(train, range(1, len(train) + 1), "train")
    beyond = range(len(train) + 1, len(val) + 1)
    of_val = _labels(val, [*places, *beyond], "val")
    return MonitoredEpochs(
        dict(zip(places, train, strict=True)), dict(zip(of_val, val, strict=True)), name=name
    )


def epochs_of_run(run: Record) -> MonitoredEpochs:
    """The epochs of a run, under the names of a history.

    `loss` is the epoch's own, `lr` its learning rate, `grad_norm_mean` its gradient norm and `acc`
    its `accuracy`, unless its metrics have one of that name.
    """
    train, val = {}, {}
    for record in run.epochs:
        fields = {name: getattr(record, field) for name, field in _FIELDS}
        fields["lr"] = record.learning_rate or None  # 0.0 is one that was not given
        train[record.epoch] = _completed(record.train_metrics, fields)
        if record.val_loss is not None or record.val_metrics:
            val[record.epoch] = _completed(record.val_metrics, {"loss": record.val_loss})
    return MonitoredEpochs(train, val, name=run.experiment_name, run=run)


def _damage(run: Record) -> list[dict[str, Any]]:
    damage: list[dict[str, Any]] = run._columns().report()["damage"]  # noqa: SLF001 -- on both
    return damage


def _completed(metrics: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    """Metrics, and the fields that they have no name for."""
    known = {name: value for name, value in fields.items() if value is not None}
    if _ACCURACY in metrics:
        known["acc"] = metrics[_ACCURACY]
    return {**known, **metrics}


def _listed(epochs: Any, split: Split) -> list[Mapping[str, Any]]:
    if epochs is None:
        return []
    is_list = isinstance(epochs, Iterable) and not isinstance(epochs, str | bytes | Mapping)
    found = list(epochs) if is_list else []
    if not is_list or not all(isinstance(one, Mapping) for one in found):
        message = f"history[{split!r}] must be a list of dicts of metrics, one an epoch"
        raise ArgumentTypeError(message, argument="history")
    return found


def _labels(
    epochs: Sequence[Mapping[str, Any]], otherwise: Iterable[int], split: Split
) -> list[int]:
    return [
        _label(metrics.get("epoch", place), split)
        for metrics, place in zip(epochs, otherwise, strict=False)
    ]


def _label(given: Any, split: Split) -> int:
    number = _number(given)
    if number is None or number % 1 != 0 or abs(number) > _LARGEST_LABEL:
        shown = repr(given)[:40]
        message = f"'epoch' in history[{split!r}] must be an integer within 2**53, not {shown}"
        raise InvalidArgumentError(message, argument="history")
    return int(number)


def _number(value: Any) -> float | None:
    """The value as a float; None where it is no number, or a truth value."""
    is_number = isinstance(value, Real) and not isinstance(value, bool)
    if not is_number:
        return None
    try:
        return float(value)
    except OverflowError:  # an integer that no float can hold
        return math.inf if value > 0 else -math.inf


def _matrix(metrics: Mapping[str, Any]) -> NDArray[np.float64] | None:
    """The confusion matrix of an epoch; None where it has none, or no counts."""
    counts = metrics.get("confusion_matrix")
    if counts is None:
        counts = [[_number(metrics.get(name)) for name in row] for row in _BINARY]
    matrix = square_matrix(counts)
    is_counts = matrix is not None and bool(np.isfinite(matrix).all() and (matrix >= 0).all())
    return matrix if is_counts else None
