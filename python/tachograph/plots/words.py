"""Names and numbers as figures show them."""

from __future__ import annotations

import math
import unicodedata
from typing import Final

from tachograph.curves import unit_of

__all__ = ["duration", "labelled", "number", "shown", "titled_name", "with_unit"]

# Control and format characters can turn text round or break a line; the joiners belong to scripts.
_HOSTILE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_JOINERS: Final = frozenset("\u200c\u200d")
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def shown(text: object, max_chars: int = 40) -> str:
    r"""Text from a log in one line: what would act on the text stands as an escape (`\n`)."""
    raw = str(text)
    cut = raw if len(raw) <= max_chars else raw[: max_chars - 1] + "…"
    return "".join(char if _is_harmless(char) else ascii(char)[1:-1] for char in cut)


def labelled(text: object, max_chars: int = 28) -> str:
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
    """A number for people; a dash where there is none."""
    if value is None:
        return "-"
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("∞" if value > 0 else "-∞")
    return f"{value:.{digits}g}".replace("e-0", "e-").replace("e+0", "e").replace("e+", "e")


def duration(secs: float | None) -> str:
    """A span of time for people, in two units at most."""
    if secs is None or not math.isfinite(secs):
        return "-"
    if secs < 1:
        return f"{secs * 1000:.3g} ms"
    if secs < _MINUTE:
        return f"{secs:.3g} s"
    if secs < _HOUR:
        # Down, as the others: what rounds to the next unit would read as 60 of this one.
        return f"{secs // _MINUTE:.0f} min {secs % _MINUTE // 1:.0f} s"
    if secs < _DAY:
        return f"{secs // _HOUR:.0f} h {secs % _HOUR // _MINUTE:.0f} min"
    return f"{secs // _DAY:.0f} d {secs % _DAY // _HOUR:.0f} h"


def _is_harmless(char: str) -> bool:
    return char in _JOINERS or unicodedata.category(char) not in _HOSTILE
