"""Streaming metrics of a regression."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tachograph._optional import require
from tachograph.exceptions import ArgumentTypeError, InvalidArgumentError
from tachograph.monitor.classification_totals import Split
from tachograph.monitor.moments import add_values, merge_moments, new_moments, wide_type
from tachograph.monitor.size_arguments import checked_size, checked_split
from tachograph.monitor.streaming_metrics import StreamingMetrics, check_tensor

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["RegressionMetrics"]


class RegressionMetrics(StreamingMetrics):
    """MAE, MSE, RMSE and R2 of an epoch, from seven numbers an output on the device.

    `update` reads nothing from the device; `compute` reads all sums with one copy. Sums are float64
    (float32 on MPS). Squares of targets are taken from their mean, so that R2 is right for targets
    far from 0. A sample with a NaN or an infinity is counted in `nonfinite_samples` and nowhere
    else.

    Of several outputs `mae`, `mse`, `rmse` and `r2` are the plain means over the outputs, as
    scikit-learn's ``multioutput="uniform_average"``; each output has its own behind them
    (`output_X_mae` ...). R2 of targets that are all equal, or of fewer than two, is NaN.

    Args:
        num_outputs: How many values a sample has.
        split: ``"train"`` or ``"val"``: which keys `compute` gives.
        device: Where the sums are kept; None for where the first predictions are.

    Raises:
        ArgumentTypeError: An argument has the wrong type.
        InvalidArgumentError: An argument's value makes no sense.

    Example:
        >>> import torch
        >>> from tachograph.monitor import RegressionMetrics
        >>> metrics = RegressionMetrics()
        >>> metrics.update(torch.tensor([1.0, 2.0, 4.0]), torch.tensor([1.0, 2.0, 3.0]))
        >>> metrics.compute()["r2"]
        0.5
    """

    def __init__(self, num_outputs: int = 1, *, split: Split = "train", device: Any = None) -> None:
        super().__init__(device)
        self._num_outputs = checked_size(num_outputs, "num_outputs", least=1)
        self._split = checked_split(split)

    def update(
        self, predictions: Tensor, targets: Tensor, loss: Tensor | float | None = None
    ) -> None:
        """Adds a batch, without reading anything from the device.

        Args:
            predictions: ``[samples]`` or ``[samples, 1]`` of one output, else
                ``[samples, outputs]``; numbers.
            targets: Of as many values; with one output either of its two shapes.
            loss: The mean loss of the batch, one value; with every batch of an epoch or with none.

        Raises:
            ArgumentTypeError: An argument is no tensor of real numbers.
            InvalidArgumentError: Shapes do not fit, or `loss` was left out in between.
        """
        predictions = self._rows(predictions, "predictions")
        targets = self._rows(targets, "targets")
        if len(predictions) != len(targets):
            message = f"predictions are of {len(predictions)} samples, targets of {len(targets)}"
            raise InvalidArgumentError(message, argument="targets")
        self._add(predictions, targets, self._checked_loss(loss, predictions))

    def compute(self) -> dict[str, Any]:
        """The metrics so far, read from the device with one copy; the sums stay.

        Returns:
            Floats and ints by name: `loss` if losses were given, `mae`, `mse`, `rmse`, `r2`, the
            same of each output (`output_X_mae` ...) if there are several; for training with losses
            `batch_loss_std` and `batch_loss_nonfinite`; `nonfinite_samples`.
        """
        (sums, moments, extremes, nonfinite), losses = self._read()
        outputs = _output_metrics(sums, moments, extremes)
        metrics: dict[str, Any] = {"loss": losses.mean} if losses.batches else {}
        metrics |= {name: float(values.mean()) for name, values in outputs.items()}
        if self._num_outputs > 1:
            for index in range(self._num_outputs):
                metrics |= {
                    f"output_{index}_{name}": float(values[index])
                    for name, values in outputs.items()
                }
        if self._split == "train" and losses.batches:
            metrics["batch_loss_std"] = losses.batch_std
            metrics["batch_loss_nonfinite"] = losses.nonfinite
        metrics["nonfinite_samples"] = int(nonfinite.item())
        return metrics

    def _rows(self, values: Tensor, argument: str) -> Tensor:
        check_tensor(values, argument)
        if values.is_complex():
            message = f"{argument} must be real numbers, not {values.dtype}"
            raise ArgumentTypeError(message, argument=argument)
        if values.ndim == 1 and self._num_outputs == 1:
            return values[:, None]
        if values.ndim == 2 and values.shape[1] == self._num_outputs:  # noqa: PLR2004 -- axes
            return values
        shapes = (
            "[samples] or [samples, 1]"
            if self._num_outputs == 1
            else (f"[samples, {self._num_outputs}]")
        )
        message = f"{argument} must be {shapes}, not {list(values.shape)}"
        raise InvalidArgumentError(message, argument=argument)

    def _new_state(self, device: Any) -> _RegressionState:
        return _RegressionState(self._num_outputs, device)

    def _sizes(self) -> str:
        return f"num_outputs={self._num_outputs}"


class _RegressionState:
    """Sums of absolute and of squared errors, moments of the targets, by output.

    And the least target and the least of their negatives: rounding leaves equal targets a spread,
    which would be divided by.
    """

    def __init__(self, num_outputs: int, device: Any) -> None:
        torch = require("torch", "torch")
        self._num_outputs = num_outputs
        wide = wide_type(device)
        self._sums = torch.zeros((2, num_outputs), dtype=wide, device=device)
        self._moments = new_moments(device, num_outputs)
        self._extremes = torch.full((2, num_outputs), torch.inf, dtype=wide, device=device)
        self._nonfinite = torch.zeros(1, dtype=torch.int64, device=device)
        self.tensors = (self._sums, self._moments, self._extremes, self._nonfinite)

    def fold(self, predictions: Tensor, targets: Tensor) -> Tensor:
        """Adds ``[batches, samples, outputs]``; returns how many samples each batch has."""
        torch = require("torch", "torch")
        shape = (-1, self._num_outputs)
        wide = self._sums.dtype
        target = targets.reshape(shape).to(wide)
        error = predictions.reshape(shape).to(wide) - target
        # An error is finite only where both of its sides are.
        finite = error.isfinite().all(1, keepdim=True)
        keep = finite.expand_as(error)
        error = torch.where(keep, error, 0)
        self._sums += torch.stack([error.abs().sum(0), error.square().sum(0)])
        add_values(self._moments, torch.where(keep, target, 0), keep.to(wide))
        bounds = [torch.where(keep, side, torch.inf).amin(0) for side in (target, -target)]
        self._extremes.copy_(torch.minimum(self._extremes, torch.stack(bounds)))
        self._nonfinite += (~finite).sum()
        counts: Tensor = torch.full(targets.shape[:1], targets.shape[1], device=targets.device)
        return counts

    def merge(self, other: _RegressionState) -> None:
        """Adds the samples of another."""
        torch = require("torch", "torch")
        self._sums += other._sums
        merge_moments(self._moments, other._moments)
        self._extremes.copy_(torch.minimum(self._extremes, other._extremes))
        self._nonfinite += other._nonfinite


def _output_metrics(
    sums: NDArray[np.float64], moments: NDArray[np.float64], extremes: NDArray[np.float64]
) -> dict[str, NDArray[np.float64]]:
    """``[outputs]`` of each metric; NaN where it is undefined."""
    absolute, squared = sums
    count, _, spread = moments
    with np.errstate(divide="ignore", invalid="ignore"):
        mse = squared / count
        return {
            "mae": absolute / count,
            "mse": mse,
            "rmse": np.sqrt(mse),
            "r2": np.where(extremes[0] < -extremes[1], 1 - squared / spread, math.nan),
        }
