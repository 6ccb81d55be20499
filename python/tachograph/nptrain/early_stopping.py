"""Stopping when the validation loss no longer falls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tachograph.analysis.arrays import fraction, whole_number
from tachograph.nptrain.model_protocol import Parameters
from tachograph.nptrain.real_arrays import named_arrays, single_number

__all__ = ["EarlyStopping"]

_INF = float("inf")


class EarlyStopping:
    """Says when to stop, and keeps the parameters of the best epoch.

    A loss improves when it lies below ``best_loss - min_delta``; NaN never does. As the best moves
    only then, a slow drift adds up until it counts.

    Attributes:
        patience: Calls without improvement after which to stop.
        min_delta: How far below the best a loss must be, in its unit.
        best_loss: The lowest loss that counted as an improvement; inf before the first.
        counter: Calls since then.
        best_params: A copy of the parameters given with it; None without any.
        should_stop_training: What the last call returned; once True, it stays so.

    Example:
        >>> stopping = EarlyStopping(patience=2)
        >>> [stopping(loss) for loss in (1.0, 0.5, 0.6, 0.7, 0.1)]
        [False, False, False, True, True]
    """

    def __init__(self, patience: int = 10, min_delta: float = 1e-4) -> None:
        """Nothing seen yet.

        Args:
            patience: Calls without improvement after which to stop, at least 1.
            min_delta: At least 0.

        Raises:
            ArgumentTypeError: An argument has the wrong type.
            InvalidArgumentError: An argument is out of bounds.
        """
        self.patience = whole_number(patience, "patience", at_least=1)
        self.min_delta = fraction(min_delta, "min_delta", high=_INF, takes_low=True)
        self.best_loss = _INF
        self.counter = 0
        self.best_params: Parameters | None = None
        self.should_stop_training = False

    def __call__(self, val_loss: float, model_params: Mapping[str, Any] | None = None) -> bool:
        """Takes note of an epoch.

        Args:
            val_loss: Its validation loss.
            model_params: The model's parameters by name; copied where the loss improves.

        Returns:
            Whether to stop.

        Raises:
            ArgumentTypeError: `val_loss` is no number, or `model_params` no mapping.
            InvalidArgumentError: A parameter is no array of real numbers.
        """
        loss = single_number(val_loss, "val_loss")
        params = None if model_params is None else named_arrays(model_params, "model_params")
        if loss < self.best_loss - self.min_delta:
            self.best_params = None if params is None else _copies(params)
            self.best_loss, self.counter = loss, 0
        else:
            self.counter += 1
            self.should_stop_training |= self.counter >= self.patience
        return self.should_stop_training

    def get_best_params(self) -> Parameters | None:
        """A copy of the best parameters; None where there are none."""
        return None if self.best_params is None else _copies(self.best_params)


def _copies(params: Parameters) -> Parameters:
    return {name: array.copy() for name, array in params.items()}
