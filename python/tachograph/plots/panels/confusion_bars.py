"""How a classifier errs over the epochs: the counts of its confusion matrices as bars."""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from tachograph.overview.confusion_matrices import Matrices
from tachograph.overview.monitored_epochs import MonitoredEpochs
from tachograph.plots.bounds import within
from tachograph.plots.panels.frame import legend, say, set_up
from tachograph.plots.theme import Theme
from tachograph.plots.ticks import set_labels_axis

__all__ = ["draw_confusion_bars"]

Parts: TypeAlias = list[tuple[str, NDArray[np.float64], str]]
"""Of each part of the bars its name, its height in every epoch, and its colour."""

_MOST_BARS: Final = 120  # more are thinner than a line
_MOST_PAIRS: Final = 5
_FEW: Final = 6
_WIDTH: Final = 0.8
_MOST_APART: Final = 40  # gaps between more bars than that flicker
_BINARY: Final = 2


def draw_confusion_bars(axes: Axes, epochs: MonitoredEpochs, theme: Theme) -> None:
    """A bar an epoch: all samples of two classes, or the wrong predictions among more.

    Of two classes class 1 is the positive one. Of more the pairs that were confused most often,
    over all epochs, have colours of their own: "2 as 1" is class 2 taken for class 1. Of very many
    epochs every n-th is shown, and the last.
    """
    title = "Confusion (validation)"
    found = epochs.matrices("val")
    if found is None:
        say(axes, title, "no confusion counts recorded", theme)
        return
    # Counted from the last. Views, not copies: a thousand classes have a million counts an epoch.
    every = -(-len(found.labels) // _MOST_BARS)
    chosen = slice((len(found.labels) - 1) % every, None, every)
    labels, counts = found.labels[chosen], found.counts[chosen]
    is_binary = counts.shape[1] == _BINARY
    parts = _outcomes(counts, theme) if is_binary else _confusions(found, counts, theme)
    bottom = np.zeros(len(labels))
    width = _width(labels)
    for name, heights, color in parts:
        axes.bar(labels, heights, width, bottom, label=name, color=color, linewidth=0)
        bottom = bottom + heights
    set_up(axes, title, "Samples" if is_binary else "Wrong predictions")
    _tick(axes, labels)
    if not bottom.any():
        axes.set_ylim(0, 1)
    legend(axes, theme)


def _outcomes(counts: NDArray[np.float64], theme: Theme) -> Parts:
    """The four counts, the right ones below."""
    roles = theme.roles
    return [
        ("TN", within(counts[:, 0, 0]), roles.train),
        ("TP", within(counts[:, 1, 1]), roles.best),
        ("FN", within(counts[:, 1, 0]), roles.validation),
        ("FP", within(counts[:, 0, 1]), roles.warning),
    ]


def _confusions(found: Matrices, counts: NDArray[np.float64], theme: Theme) -> Parts:
    """The most frequent confusions, and the rest of them."""
    n_classes = counts.shape[1]
    with np.errstate(over="ignore"):
        often = within(found.counts.sum(axis=0))
        total = within(counts.sum(axis=(1, 2)))
        right = within(counts.trace(axis1=1, axis2=2))
    np.fill_diagonal(often, -1.0)
    order = np.argsort(-often, axis=None, kind="stable")[:_MOST_PAIRS]
    pairs = [divmod(int(place), n_classes) for place in order]
    parts = [
        (f"{true} as {predicted}", within(counts[:, true, predicted]), theme.color(index))
        for index, (true, predicted) in enumerate(pairs)
        if often[true, predicted] > 0
    ]
    named = sum((heights for _, heights, _ in parts), np.zeros(len(counts)))
    rest = np.maximum(total - right - named, 0.0)
    return [*parts, ("others" if parts else "wrong", rest, theme.grid)]


def _width(labels: NDArray[np.int64]) -> float:
    share = _WIDTH if len(labels) <= _MOST_APART else 1.0
    # Of floats: two labels may be further apart than an integer can tell.
    apart = np.diff(labels.astype(np.float64))
    return share * (float(np.median(apart)) if len(apart) else 0.5)


def _tick(axes: Axes, labels: NDArray[np.int64]) -> None:
    """Ticks at the epochs, which the frame takes from lines, of which there are none."""
    set_labels_axis(axes.xaxis, labels.tolist() if len(labels) <= _FEW else None)
    if len(labels) == 1:
        axes.set_xlim(float(labels[0]) - 1, float(labels[0]) + 1)
