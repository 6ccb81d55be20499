"""Names and numbers as figures show them."""

from __future__ import annotations

import math
from typing import Final

from tachograph.curves import unit_of
from tachograph.overview import wording
from tachograph.overview.wording import printable

__all__ = ["LABEL_CHARS", "labelled", "number", "shown", "titled_name", "with_unit"]

LABEL_CHARS: Final = 28
"""How long a name in a legend is at most."""


def shown(text: object, max_chars: int = 40) -> str:
    r"""Text from a log in one line: what would act on the text stands as an escape (`\n`)."""
    return printable(text, max_chars=max_chars, ellipsis="…")


def labelled(text: object, max_chars: int = LABEL_CHARS) -> str:
    """As `shown`, for a legend, which leaves out what begins with an underscore."""
    label = shown(text, max_chars)
    return f" {label}" if label.startswith("_") else label or " "


def titled_name(name: str) -> str:
    """A metric's name as a title: known words as people write them, others as they are."""
    known = {"mae": "MAE", "mse": "MSE", "rmse": "RMSE", "r2": "R²", "loss": "Loss", "lr": "lr"}
    return known.get(name, shown(name))


def with_unit(words: str, name: str) -> str:
    """Words with the unit of a metric behind them, where its name tells one."""
    unit = unit_of(name)
    return f"{words} ({shown(unit, 20)})" if unit else words


def number(value: float | None, digits: int = 4) -> str:
    """A number for figures, which have room for few digits, and a sign for infinity."""
    if value is not None and not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("∞" if value > 0 else "-∞")
    return wording.number(None if value is None else float(value), digits=digits)
