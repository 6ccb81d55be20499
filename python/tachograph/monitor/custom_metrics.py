"""Metrics of your own among those of an epoch, by registration."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeAlias, TypeVar, overload

import numpy as np

from tachograph.exceptions import ArgumentTypeError, InvalidArgumentError
from tachograph.monitor.classification_totals import ClassificationTotals, Split
from tachograph.monitor.metric_names import is_built_in
from tachograph.monitor.size_arguments import checked_split
from tachograph.records.exact_number import exact_float

__all__ = [
    "EpochResult",
    "register_metric",
    "registered_metrics",
    "unregister_metric",
    "with_custom_metrics",
]


@dataclass(frozen=True, eq=False)
class EpochResult:
    """What a registered function is given: all that is known of an epoch's predictions.

    Attributes:
        split: ``"train"`` or ``"val"``.
        metrics: The epoch's metrics by name, those registered before included; read-only.
        totals: The confusion matrix, the calibration bins and the other sums.
    """

    split: Split
    metrics: Mapping[str, Any]
    totals: ClassificationTotals


MetricFunction: TypeAlias = Callable[[EpochResult], Any]
_Function = TypeVar("_Function", bound=MetricFunction)


@dataclass(frozen=True)
class _Registration:
    function: MetricFunction
    split: Split | None


_registered: dict[str, _Registration] = {}


@overload
def register_metric(
    name: str, function: _Function, *, split: Split | None = None, replace: bool = False
) -> _Function: ...
@overload
def register_metric(
    name: str, function: None = None, *, split: Split | None = None, replace: bool = False
) -> Callable[[_Function], _Function]: ...
def register_metric(
    name: str,
    function: _Function | None = None,
    *,
    split: Split | None = None,
    replace: bool = False,
) -> _Function | Callable[[_Function], _Function]:
    """Adds a metric to what `train_one_epoch` and `evaluate` return.

    The function runs once an epoch, on the host, and gets sums instead of predictions, so that no
    epoch is too large for it. Its values stand behind the library's own, in the order of
    registration, and go where those go: into the returned dict and with it to `print_metrics`,
    histories and records.

    Args:
        name: The metric's name, any text of one line that no metric has yet.
        function: Takes an `EpochResult`; returns a number, or a mapping of names to numbers, which
            become `name_key`; or None where there is nothing to say. None to use this as a
            decorator.
        split: ``"train"`` or ``"val"``; None for both.
        replace: Whether a metric registered before by that name is replaced, as when a notebook's
            cell runs again; otherwise it is an error.

    Returns:
        The function as it is; without one, a decorator.

    Raises:
        ArgumentTypeError: `name` is no text, or `function` cannot be called.
        InvalidArgumentError: The name is taken, or `split` is none.

    Example:
        >>> from tachograph.monitor import register_metric, unregister_metric
        >>> @register_metric("balanced_acc", split="val")
        ... def balanced_accuracy(epoch):
        ...     counts = epoch.totals.confusion_matrix
        ...     return (counts.diagonal() / counts.sum(1)).mean()
        >>> unregister_metric("balanced_acc")
    """
    _check_name(name, replace=replace)
    if split is not None:
        split = checked_split(split)

    def register(given: _Function) -> _Function:
        if not callable(given):
            message = f"function must be callable, not {type(given).__name__}"
            raise ArgumentTypeError(message, argument="function")
        _registered[name] = _Registration(given, split)
        return given

    return register if function is None else register(function)


def unregister_metric(name: str) -> None:
    """Takes a registered metric out again.

    Args:
        name: Its name.

    Raises:
        InvalidArgumentError: No such metric is registered.
    """
    if _registered.pop(name, None) is None:
        message = f"no metric of that name is registered ({_known()}): {name!r}"
        raise InvalidArgumentError(message, argument="name")


def registered_metrics() -> tuple[str, ...]:
    """The names of all registered metrics, in their order."""
    return tuple(_registered)


def with_custom_metrics(
    metrics: Mapping[str, Any], split: Split, totals: ClassificationTotals
) -> dict[str, Any]:
    """An epoch's metrics, and behind them those registered for its split.

    Args:
        metrics: The epoch's metrics by name.
        split: Which pass they are of.
        totals: The sums that they come from.

    Raises:
        ArgumentTypeError: A function returned no number; the message names it. What a function
            itself raises goes through, with a note that names it.
        InvalidArgumentError: A function gives a name that another metric has.
    """
    found = dict(metrics)
    for name, registration in list(_registered.items()):
        if registration.split not in (None, split):
            continue
        result = EpochResult(split, MappingProxyType(dict(found)), totals)
        try:
            values = _values(name, registration.function(result))
        except Exception as error:
            error.add_note(f"in the metric {name!r}, registered with register_metric")
            raise
        for key, value in values.items():
            if key in found:
                message = f"two metrics have one name; register one of them by another: {key!r}"
                raise InvalidArgumentError(message, argument="name")
            found[key] = value
    return found


def _values(name: str, value: Any) -> dict[str, float | int]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        return {name: _number(value, name)}
    for key in value:
        if not isinstance(key, str):
            message = f"names in what {name!r} returns must be str, not {type(key).__name__}"
            raise ArgumentTypeError(message, argument="function")
    return {f"{name}_{key}": _number(each, f"{name}_{key}") for key, each in value.items()}


def _number(value: Any, name: str) -> float | int:
    """A plain int or float of a number of any kind."""
    if isinstance(value, int | np.integer | np.bool_):
        return int(value)
    return exact_float(value, name)


def _check_name(name: Any, *, replace: bool) -> None:
    if not isinstance(name, str):
        message = f"name must be a str, not {type(name).__name__}"
        raise ArgumentTypeError(message, argument="name")
    if not name.strip() or not name.isprintable():
        message = f"name must be text of one line that can be printed, not {name!r}"
        raise InvalidArgumentError(message, argument="name")
    if is_built_in(name):
        message = f"the library has a metric of that name, or may have; take another: {name!r}"
        raise InvalidArgumentError(message, argument="name")
    if name in _registered and not replace:
        message = (
            "a metric of that name is registered; unregister_metric() takes it out, replace=True "
            f"takes its place: {name!r}"
        )
        raise InvalidArgumentError(message, argument="name")


def _known() -> str:
    return ", ".join(map(repr, _registered)) or "none is"
