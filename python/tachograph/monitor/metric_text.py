"""An epoch's metrics as a block of text for a console."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, TextIO

import numpy as np

from tachograph.exceptions import ArgumentTypeError
from tachograph.monitor.metric_names import GROUPS, MAIN, group_of
from tachograph.monitor.size_arguments import checked_size

__all__ = ["metrics_text", "print_metrics"]

_COUNTS = ("true_neg", "false_pos", "false_neg", "true_pos")


def print_metrics(
    prefix: str, metrics: Mapping[str, Any], width: int = 80, file: TextIO | None = None
) -> None:
    """Prints an epoch's metrics in groups.

    Args:
        prefix: The headline, for example ``"Training Metrics - Epoch 1"``.
        metrics: Values by name, in any order.
        width: Characters of the lines around the headline.
        file: Where to; None for standard output.

    Raises:
        ArgumentTypeError: `metrics` is no mapping of names, or `width` no integer.
        InvalidArgumentError: `width` is less than 1.
    """
    print(metrics_text(prefix, metrics, width), file=file)


def metrics_text(prefix: str, metrics: Mapping[str, Any], width: int = 80) -> str:
    """The block that `print_metrics` prints.

    `loss` and `acc` stand above the groups: gradient norms, metrics of classes, confidence,
    confusion matrix, and all others, each sorted by name. Floats have six decimals, integers none;
    a value that is None, as in a history read back, is ``nan``.

    Args:
        prefix: The headline.
        metrics: Values by name, in any order.
        width: Characters of the lines around the headline.

    Returns:
        The lines, without a line break at the end.

    Raises:
        ArgumentTypeError: `metrics` is no mapping of names, or `width` no integer.
        InvalidArgumentError: `width` is less than 1.
    """
    width = checked_size(width, "width", least=1)
    if not isinstance(metrics, Mapping) or not all(isinstance(name, str) for name in metrics):
        message = f"metrics must be a mapping of names to values, not {type(metrics).__name__}"
        raise ArgumentTypeError(message, argument="metrics")
    lines = ["=" * width, f"{prefix:^{width}}".rstrip(), "=" * width]
    lines += [f"  {name:20s}: {_value(metrics[name])}" for name in MAIN if name in metrics]
    for group in GROUPS:
        named = {
            name: metrics[name]
            for name in sorted(metrics)
            if name not in MAIN and group_of(name) == group
        }
        if named:
            lines += ["", f"  {group:20s}:", *_items(named, width)]
    return "\n".join(lines)


def _items(named: Mapping[str, Any], width: int) -> Iterator[str]:
    rest = dict(named)
    if all(name in rest for name in _COUNTS):
        true_neg, false_pos, false_neg, true_pos = (_value(rest.pop(name)) for name in _COUNTS)
        yield f"    TN: {true_neg:>4s}  FP: {false_pos:>4s}"
        yield f"    FN: {false_neg:>4s}  TP: {true_pos:>4s}"
    for name, value in rest.items():
        if isinstance(value, list | tuple | np.ndarray):
            yield from _rows(name, value, width)
        else:
            yield f"    {name:18s}: {_value(value)}"


def _rows(name: str, value: Any, width: int) -> Iterator[str]:
    """A matrix, a line a row; where its lines are too long, only how large it is."""
    rows = [list(row) if isinstance(row, list | tuple | np.ndarray) else [row] for row in value]
    cells = [[_value(cell) for cell in row] for row in rows]
    widest = max((len(cell) for row in cells for cell in row), default=0)
    lines = ["    " + " ".join(f"{cell:>{widest}s}" for cell in row) for row in cells]
    if any(len(line) > width for line in lines):
        yield f"    {name:18s}: {len(rows)} x {max(map(len, rows))}"
    else:
        yield from lines


def _value(value: Any) -> str:
    if value is None:
        return f"{math.nan}"
    item = getattr(value, "item", None)  # NumPy's scalars and tensors of one value
    plain = value if item is None else item()
    if isinstance(plain, int):
        return f"{int(plain)}"
    return f"{plain:.6f}" if isinstance(plain, float) else str(plain)
