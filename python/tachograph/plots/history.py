"""The epochs of a run as a figure wants them."""

# ruff: noqa: SLF001 -- the columns behind a run's methods

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from tachograph.analysis.column_names import column_key
from tachograph.curves import Curve, Record, curve, curve_names, is_given, with_lost_rows
from tachograph.overview.labels import labels_of
from tachograph.plots.gaps import with_gaps
from tachograph.plots.words import LABEL_CHARS, labelled

__all__ = ["Best", "Epochs", "History", "Split", "histories_of", "paired", "telling_first"]

Split = Literal["train", "val"]

_PREFERRED: Final = "mae"


@dataclass(frozen=True, slots=True)
class Best:
    """The best epoch, as a point of the curve that it belongs to.

    Attributes:
        epoch: Its label.
        loss: The loss that made it best.
        split: Whose loss that is.
    """

    epoch: int
    loss: float
    split: Split


class Epochs(Protocol):
    """What the panels of losses, metrics and fields ask of epochs, wherever these come from.

    Attributes:
        name: What to call them in a legend.
    """

    name: str

    @property
    def best(self) -> Best | None:
        """The best epoch; None while there is none."""

    def curve(self, name: str) -> Curve | None:
        """A field's curve; None if not recorded."""

    def losses(self) -> dict[Split, Curve]:
        """The curves of the loss by split."""

    def metric(self, name: str) -> dict[Split, Curve]:
        """The curves of a metric by split."""

    def has_arrays(self, name: str) -> bool:
        """Whether a metric's values are no numbers."""


class History:
    """A run's epochs: fields and metrics as curves over the epochs' own labels."""

    def __init__(self, run: Record, name: str | None = None) -> None:
        """Looks at a run; columns are read when they are asked for.

        Args:
            run: A recorder or a run.
            name: What to call it in a legend; its experiment's name if not given.
        """
        self.run = run
        self.name = labelled(run.experiment_name if name is None else name)
        self._n_epochs = run._columns().length("epochs")
        self._names = curve_names(run, "epochs")

    def __len__(self) -> int:
        return self._n_epochs

    def curve(self, name: str) -> Curve | None:
        """A column with gaps where values are missing; None if not recorded.

        They are missing where its neighbours have them, and where damage took the epochs.

        Args:
            name: ``"train_loss"``, ``"learning_rate"``, ``"train/mae"``, ``"val/mae"`` ...
        """
        if name not in self._names:
            return None
        found = curve(self.run, name, table="epochs")
        if not is_given(found, "epochs"):
            return None
        found = found if len(found) == len(self) else self._broken(found)
        # Asked now: damage comes to light when the damaged part is read.
        damage = self.run._columns().report()["damage"]
        return with_lost_rows(found, found.x, "epochs", damage)

    def metrics(self) -> list[str]:
        """The names of the metrics of numbers, without their split, the most telling one first."""
        return telling_first(name.partition("/")[2] for name in self._names if "/" in name)

    def metric(self, name: str) -> dict[Split, Curve]:
        """The curves of a metric by split, as far as there are any."""
        found: dict[Split, Curve | None] = {
            "train": self.curve(f"train/{name}"),
            "val": self.curve(f"val/{name}"),
        }
        return {split: one for split, one in found.items() if one is not None}

    def losses(self) -> dict[Split, Curve]:
        """The curves of the loss by split."""
        found: dict[Split, Curve | None] = {
            "train": self.curve("train_loss"),
            "val": self.curve("val_loss"),
        }
        return {split: one for split, one in found.items() if one is not None}

    def has_arrays(self, name: str) -> bool:
        """Whether a metric's values are no numbers."""
        keys = self.run._columns().extra_keys("epochs")
        return any(key == name for _, key in keys)

    @cached_property
    def best(self) -> Best | None:
        """The best epoch; None while there is none."""
        found = self.run._columns().best()
        if found is None:
            return None
        position, label, loss = found
        return Best(label, loss, "val" if self.run.epochs[position].val_loss == loss else "train")

    def _broken(self, found: Curve) -> Curve:
        """The curve with a NaN where rows between its points lack it."""
        key = column_key("epochs", found.name)
        rows = None if key is None else self.run._columns().column_rows("epochs", *key)
        labels = self.run._columns().index("epochs")[0]
        if rows is None or np.any(np.diff(labels) < 0):
            return found
        # A run that goes on may have more rows by now than when its curve was read.
        return with_gaps(found, rows[: len(found)], labels)


def telling_first(names: Iterable[str]) -> list[str]:
    """Names of metrics, each once, the most telling one first: `mae`."""
    return sorted(dict.fromkeys(names), key=lambda name: name.casefold() != _PREFERRED)


def paired(train: Curve, val: Curve) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Where both curves have a value: the labels, and validation less training.

    Of several values at one label the last counts.
    """
    if np.array_equal(train.x, val.x) and np.all(np.diff(train.x) > 0):
        with np.errstate(invalid="ignore", over="ignore"):
            return train.x, val.y - train.y
    labels, in_train, in_val = np.intersect1d(
        train.x[::-1], val.x[::-1], assume_unique=False, return_indices=True
    )
    with np.errstate(invalid="ignore", over="ignore"):
        return labels, val.y[::-1][in_val] - train.y[::-1][in_train]


def histories_of(runs: Sequence[Record]) -> list[History]:
    """The epochs of each run, under names that tell them apart."""
    labels = labels_of(((run.experiment_name, run.run_id) for run in runs), max_chars=LABEL_CHARS)
    return [History(run, label) for run, label in zip(runs, labels, strict=True)]
