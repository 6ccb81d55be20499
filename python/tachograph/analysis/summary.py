"""The summary of a run's epochs."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from math import fsum
from typing import Any, Final

from numpy.typing import NDArray

from tachograph._core import ROLE_FIELD, Reader

__all__ = ["best_validation_loss", "stability", "training_summary"]

_PART: Final = 1 << 16


def training_summary(reader: Reader) -> dict[str, Any]:
    """Counts, times, the best epoch and the analyses; plain Python types throughout.

    Returns:
        `total_epochs`; `total_time` and `avg_epoch_time` in seconds; `best_epoch` (label),
        `best_train_loss` and `best_val_loss` of the best epoch's record (None where it has none);
        `final_learning_rate`; `convergence_info`; `stability_analysis`. Empty without epochs.
    """
    n_epochs = reader.length("epochs")
    if not n_epochs:
        return {}
    times = reader.column("epochs", ROLE_FIELD, "epoch_time")
    total_time = 0.0 if times is None else _total(times[1])
    best = reader.best()
    best_fields = {} if best is None else _fields(reader, best[0])
    return {
        "total_epochs": n_epochs,
        "total_time": total_time,
        "avg_epoch_time": total_time / n_epochs,
        "best_epoch": None if best is None else best[1],
        "best_train_loss": best_fields.get("train_loss"),
        "best_val_loss": best_fields.get("val_loss"),
        "final_learning_rate": _fields(reader, n_epochs - 1).get("learning_rate", 0.0),
        "convergence_info": reader.convergence(),
        "stability_analysis": stability(reader),
    }


def stability(reader: Reader) -> dict[str, Any]:
    """Trends, volatilities, overfitting and convergence; empty for fewer than two epochs."""
    return reader.stability() if reader.length("epochs") > 1 else {}


def best_validation_loss(reader: Reader) -> float:
    """The validation loss of the best epoch, +inf while none has one to compare."""
    best = reader.best()
    loss = None if best is None else _fields(reader, best[0]).get("val_loss")
    return float("inf") if loss is None else float(loss)


def _fields(reader: Reader, position: int) -> dict[str, Any]:
    fields: dict[str, Any] = reader.rows("epochs", position, position + 1)[0]["fields"]
    return fields


def _total(values: NDArray[Any]) -> float:
    try:
        return fsum(_floats(values))
    except (OverflowError, ValueError):  # inf and -inf together; sum() says NaN
        return float(sum(_floats(values)))


def _floats(values: NDArray[Any]) -> Iterator[float]:
    """The values one by one; a list of a million floats would take four times their memory."""
    starts = range(0, len(values), _PART)
    return chain.from_iterable(values[start : start + _PART].tolist() for start in starts)
