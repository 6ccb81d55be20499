"""What a task asks of a model: the loss to lower, the metric to report, the gradient to follow.

The one place where a task's name becomes mathematics; models and the training loop both ask here.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from tachograph.analysis.arrays import one_of
from tachograph.nptrain.class_targets import class_targets
from tachograph.nptrain.cross_entropy import CrossEntropy, quiet
from tachograph.nptrain.losses import (
    accuracy,
    cross_entropy_loss,
    logit_rows,
    mse_loss,
    residuals,
    squared_error,
)

__all__ = ["Evaluation", "Objective", "Task", "objective"]

Task = Literal["classification", "regression"]


class Evaluation(NamedTuple):
    """What an objective says of a batch.

    Attributes:
        loss: Mean over the batch.
        metric: Accuracy, or the negative loss of regression: larger is better.
        gradient: Derivative of the loss by the outputs, of their shape; float32 for outputs of
            that type, else float64.
    """

    loss: float
    metric: float
    gradient: NDArray[Any]


class Objective(Protocol):
    """Loss, metric and gradient of a model's outputs for the targets `y`.

    The outputs are of shape [N, C] for classification, and of the shape of `y` for regression.
    Each method raises InvalidArgumentError where outputs and targets do not fit each other.
    """

    def loss(self, outputs: Any, y: Any) -> float:
        """The mean loss of the batch."""

    def metric(self, outputs: Any, y: Any) -> float:
        """A figure of merit: larger is better."""

    def loss_and_metric(self, outputs: Any, y: Any) -> tuple[float, float]:
        """Both at once."""

    def gradient(self, outputs: Any, y: Any) -> NDArray[Any]:
        """Derivative of the loss by the outputs, of their shape."""

    def evaluate(self, outputs: Any, y: Any) -> Evaluation:
        """All three at once, at little more than the cost of one."""


def objective(task: str) -> Objective:
    """The objective of a task.

    Args:
        task: ``"classification"``: `cross_entropy_loss` of logits, and accuracy. ``"regression"``:
            `mse_loss`, and its negative.

    Raises:
        InvalidArgumentError: Another task.

    Example:
        >>> objective("regression").gradient([[3.0, 0.0]], [[1.0, 0.0]])
        array([[2., 0.]])
    """
    found = _OBJECTIVES.get(task) if isinstance(task, str) else None
    return found or _OBJECTIVES[one_of(task, "task", tuple(_OBJECTIVES))]


class _Classification:
    """Cross-entropy of logits, and accuracy."""

    def loss(self, outputs: Any, y: Any) -> float:
        return cross_entropy_loss(outputs, y)

    def metric(self, outputs: Any, y: Any) -> float:
        return accuracy(outputs, y)

    def loss_and_metric(self, outputs: Any, y: Any) -> tuple[float, float]:
        scores = logit_rows(outputs)
        with quiet():
            compared = CrossEntropy(scores, class_targets(y, *scores.shape))
        return compared.loss, compared.hit_rate()

    def gradient(self, outputs: Any, y: Any) -> NDArray[Any]:
        return self.evaluate(outputs, y).gradient

    def evaluate(self, outputs: Any, y: Any) -> Evaluation:
        scores = logit_rows(outputs)
        aims = class_targets(y, *scores.shape)
        with quiet():
            compared = CrossEntropy(scores, aims)
            gradient = _typed_like(outputs, compared.gradient())
        return Evaluation(compared.loss, compared.hit_rate(), gradient)


class _Regression:
    """Mean squared error, and its negative."""

    def loss(self, outputs: Any, y: Any) -> float:
        return mse_loss(outputs, y)

    def metric(self, outputs: Any, y: Any) -> float:
        return -mse_loss(outputs, y)

    def loss_and_metric(self, outputs: Any, y: Any) -> tuple[float, float]:
        loss = mse_loss(outputs, y)
        return loss, -loss

    def gradient(self, outputs: Any, y: Any) -> NDArray[Any]:
        return self.evaluate(outputs, y).gradient

    def evaluate(self, outputs: Any, y: Any) -> Evaluation:
        differences = residuals(outputs, y)
        loss = squared_error(differences)
        with quiet():
            gradient = _typed_like(outputs, differences * (2.0 / differences.size))
        return Evaluation(loss, -loss, gradient)


_OBJECTIVES: dict[str, Objective] = {
    "classification": _Classification(),
    "regression": _Regression(),
}


def _typed_like(outputs: Any, gradient: NDArray[np.float64]) -> NDArray[Any]:
    """The gradient in float32 where the outputs are, so that a float32 model stays one."""
    if isinstance(outputs, np.ndarray) and outputs.dtype.char == "f":
        return gradient.astype(np.float32)
    return gradient
