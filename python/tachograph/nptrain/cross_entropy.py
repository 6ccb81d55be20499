"""Cross-entropy of logits: the loss, its derivative, and the hits, from one pass of exponentials.

With m the largest logit of a row, ``loss = log(sum_c exp(z_c - m)) - (z_t - m)`` for the target t,
which no logit is too large for. Reached by `losses` and `objectives`, which check what comes in.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tachograph.exceptions import InvalidArgumentError
from tachograph.nptrain.class_targets import Labels
from tachograph.nptrain.real_arrays import Floats, mean

__all__ = ["CrossEntropy", "hit_rate", "quiet", "softmax_rows"]


class CrossEntropy:
    """Logits beside their targets.

    Attributes:
        loss: Mean over the rows; NaN where a logit is NaN or +inf.
    """

    __slots__ = ("_aims", "_exponentials", "_rows", "_scores", "_totals", "loss")

    def __init__(self, scores: Floats, aims: Labels | Floats) -> None:
        """Computes the loss, within `quiet()`.

        Args:
            scores: Logits [N, C], neither of them 0.
            aims: What `class_targets` gave for them.

        Raises:
            InvalidArgumentError: A row of logits is all -inf.
        """
        self._scores, self._aims, self._rows = scores, aims, np.arange(len(aims))
        shifted, self._exponentials, self._totals = _exponentials(scores)
        logs = np.log(self._totals)
        if aims.ndim == 1:
            losses = logs[:, 0] - shifted[self._rows, aims]
        else:
            # A class without weight adds nothing, even where its logit is -inf.
            parts = np.where(aims == 0.0, 0.0, aims * (logs - shifted))
            losses = np.where(np.isnan(logs[:, 0]), np.nan, parts.sum(axis=1))
        self.loss = mean(losses)
        if math.isnan(self.loss):
            _refuse_impossible(scores, "predictions")

    def gradient(self) -> Floats:
        """Derivative of the loss by the logits, [N, C]: ``(softmax * sum_c t_c - t) / N``.

        To be asked once, within `quiet()`: it takes over the memory that it is computed from.
        """
        gradient = self._exponentials
        gradient /= self._totals
        if self._aims.ndim == 1:
            gradient[self._rows, self._aims] -= 1.0
        else:
            gradient *= self._aims.sum(axis=1, keepdims=True)
            gradient -= self._aims
        gradient /= len(gradient)
        return gradient

    def hit_rate(self) -> float:
        """Fraction of rows with their largest logit at the target's class."""
        if math.isnan(self.loss):
            return hit_rate(self._scores, self._aims)
        hits = self._scores.argmax(axis=1) == _classes(self._aims)
        return int(np.count_nonzero(hits)) / len(hits)


def quiet() -> np.errstate:
    """The context in which infinities and NaN are results, not reasons to warn."""
    return np.errstate(over="ignore", under="ignore", invalid="ignore")


def softmax_rows(scores: Floats, argument: str) -> Floats:
    """Probabilities over the last axis; NaN all along it where a logit is NaN or +inf.

    Raises:
        InvalidArgumentError: A row of logits is all -inf.
    """
    with quiet():
        _, exponentials, totals = _exponentials(scores)
        exponentials /= totals
    if np.isnan(totals).any():
        _refuse_impossible(scores, argument)
    return exponentials


def hit_rate(scores: Floats, aims: Labels | Floats) -> float:
    """Fraction of rows with their largest score at the target's class; NaN is never right."""
    best = scores.argmax(axis=1)
    # NumPy takes a NaN for the largest of a row.
    wrong = np.isnan(scores[np.arange(len(scores)), best])
    return int(np.count_nonzero((best == _classes(aims)) & ~wrong)) / len(scores)


def _classes(aims: Labels | Floats) -> NDArray[Any]:
    return aims if aims.ndim == 1 else aims.argmax(axis=1)


def _exponentials(scores: Floats) -> tuple[Floats, Floats, Floats]:
    """Scores less the largest of their row, their exponentials, and these' sums."""
    shifted = scores - np.maximum.reduce(scores, axis=-1, keepdims=True)
    exponentials = np.exp(shifted)
    return shifted, exponentials, np.add.reduce(exponentials, axis=-1, keepdims=True)


def _refuse_impossible(scores: Floats, argument: str) -> None:
    if (scores.max(axis=-1) == -np.inf).any():
        message = f"{argument} must leave a class possible in each row; one is all -inf"
        raise InvalidArgumentError(message, argument=argument)
