"""The arguments of `log_epoch`, checked and made ready for the core."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np

from tachograph.exceptions import ArgumentTypeError
from tachograph.recorder.device_copies import begin
from tachograph.records.instants import micros_of
from tachograph.records.plain_value import plain_mapping, plain_value

__all__ = ["checked_metrics", "checked_predictions", "checked_timestamp", "on_host"]

_SCALARS = (int, float, np.generic)


def checked_metrics(metrics: Mapping[str, Any] | None, argument: str) -> dict[str, Any]:
    """Metrics as the core takes them: numbers as they are, anything else in plain containers.

    Args:
        metrics: Values by name; a value that is None is absent. None for no metrics.
        argument: The argument's name, for the message.

    Raises:
        ArgumentTypeError: It is no mapping, or a name is no text.
    """
    if metrics is None:
        return {}
    _check_mapping(metrics, argument)
    return {
        name: value if isinstance(value, _SCALARS) else _structured(name, value, argument)
        for name, value in metrics.items()
        if value is not None
    }


def checked_predictions(
    predictions: Mapping[str, Any] | None, argument: str = "sample_predictions"
) -> dict[Any, Any] | None:
    """Sample predictions in plain containers; None where there are none.

    Raises:
        ArgumentTypeError: They are no mapping.
    """
    if predictions is None:
        return None
    _check_mapping(predictions, argument)
    return plain_mapping(predictions, argument) or None


def checked_timestamp(timestamp: datetime | None) -> int | None:
    """Microseconds since 1970 UTC; a datetime without a zone is local time.

    Raises:
        ArgumentTypeError: It is no datetime.
    """
    if timestamp is None:
        return None
    if not isinstance(timestamp, datetime):
        message = f"timestamp must be a datetime, not {type(timestamp).__name__}"
        raise ArgumentTypeError(message, argument="timestamp")
    return micros_of(timestamp)


def on_host(
    fields: Mapping[str, Any], train_metrics: Any, val_metrics: Any
) -> tuple[Mapping[str, Any], Any, Any]:
    """The same arguments, with numbers in place of tensors on a device, waited for all at once.

    Tensors of several elements stay as they are, as does what is not checked yet.

    Args:
        fields: The epoch's own numbers, by the names of their arguments.
        train_metrics: Training metrics.
        val_metrics: Validation metrics.

    Raises:
        UnsupportedValueError: A tensor's number cannot be read; the message names it.
    """
    groups = (fields, train_metrics, val_metrics)
    torch = sys.modules.get("torch")
    if torch is None:  # then nothing is a tensor of it
        return groups
    kind = torch.Tensor
    waiting = {
        (at, name): value
        for at, group in enumerate(groups)
        if isinstance(group, Mapping)
        for name, value in group.items()
        if isinstance(value, kind) and value.device.type not in {"cpu", "meta"} and not value.ndim
    }
    if not waiting:
        return groups
    shown = ("{}", "train_metrics[{!r}]", "val_metrics[{!r}]")
    texts = {key: shown[key[0]].format(key[1]) for key in waiting}
    numbers = begin({texts[key]: value for key, value in waiting.items()}).values()
    on_fields, on_train, on_val = (
        {
            name: numbers[texts[at, name]] if (at, name) in waiting else value
            for name, value in group.items()
        }
        if isinstance(group, Mapping)
        else group
        for at, group in enumerate(groups)
    )
    return on_fields, on_train, on_val


def _check_mapping(value: object, argument: str) -> None:
    if not isinstance(value, Mapping):
        message = f"{argument} must be a mapping of names to values, not {type(value).__name__}"
        raise ArgumentTypeError(message, argument=argument)
    for name in value:
        if not isinstance(name, str):
            message = f"names in {argument} must be str, not {type(name).__name__}: {name!r}"
            raise ArgumentTypeError(message, argument=argument)


def _structured(name: str, value: Any, argument: str) -> Any:
    if getattr(value, "ndim", None) == 0:  # a tensor of one number; the core takes it exactly
        return value
    return plain_value(value, f"{argument}[{name!r}]")
