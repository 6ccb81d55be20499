"""Ticks that are short, round and the same everywhere, without mathtext, which is turned off."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from matplotlib.axis import Axis
from matplotlib.ticker import (
    FixedLocator,
    Formatter,
    FuncFormatter,
    LogLocator,
    MaxNLocator,
    NullLocator,
    SymmetricalLogLocator,
)

__all__ = [
    "ShortFormatter",
    "set_labels_axis",
    "set_linear",
    "set_linear_and_logarithmic",
    "set_logarithmic",
]

_THOUSANDS: Final = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
_PLAIN_FROM, _PLAIN_BELOW = 1e-3, 1e4
_LARGEST_SHORT = 1e15
_SUPERSCRIPTS: Final = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_FEW_DECADES: Final = 2.2


class ShortFormatter(Formatter):
    """`0.25`, `12.5k`, `3M`, `2e-5`: all ticks of an axis with as many digits as they need."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        """One tick by itself."""
        return self.format_ticks([x])[0] if pos is None else _short(x, x, 1e-3)

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        """All ticks together."""
        finite = [abs(value) for value in values if math.isfinite(value)]
        largest = max(finite, default=0.0)
        steps = np.diff(np.unique(np.asarray(values, dtype=np.float64)))
        step = float(steps.min()) if len(steps) else largest
        # What remains of a round number after sums of floats is not a digit.
        return [_short(0.0 if abs(v) < step * 1e-6 else v, largest, step) for v in values]


def _short(value: float, largest: float, step: float) -> str:
    if value == 0:
        return "0"
    if largest >= _LARGEST_SHORT or largest < _PLAIN_FROM:
        return _scientific(value, step)
    for size, letter in _THOUSANDS:
        if largest >= size and largest >= _PLAIN_BELOW:
            return f"{value / size:.{_decimals(step / size)}f}{letter}"
    return f"{value:.{_decimals(step)}f}"


def _decimals(step: float) -> int:
    """Decimals that tell multiples of the step apart."""
    if step <= 0 or not math.isfinite(step):
        return 2
    for decimals in range(7):
        if abs(step * 10**decimals - round(step * 10**decimals)) < 1e-6 * step * 10**decimals:
            return decimals
    return 7


def _scientific(value: float, step: float) -> str:
    exponent = math.floor(math.log10(abs(value)))
    digits = min(max(exponent - math.floor(math.log10(step)), 0), 6) if step > 0 else 1
    mantissa, _, power = f"{value:.{digits}e}".partition("e")
    return f"{mantissa.rstrip('0').rstrip('.') if '.' in mantissa else mantissa}e{int(power)}"


def _power(value: float, _position: int | None = None) -> str:
    if value <= 0:
        return "0" if value == 0 else ""
    exponent = math.log10(value)
    whole = round(exponent)
    if abs(exponent - whole) < 1e-6:  # noqa: PLR2004
        if -3 <= whole <= 3:  # noqa: PLR2004
            return f"{10.0**whole:g}"
        return "10" + str(whole).translate(_SUPERSCRIPTS)
    if _PLAIN_FROM <= value < _PLAIN_BELOW:
        return f"{value:.3g}"
    mantissa, _, power = f"{value:.2e}".partition("e")
    return f"{float(mantissa):g}·10{str(int(power)).translate(_SUPERSCRIPTS)}"


def set_labels_axis(axis: Axis, values: Sequence[int] | None = None) -> None:
    """Ticks at whole numbers, for epochs and steps; at each of `values` where they are given."""
    if values is not None:
        axis.set_major_locator(FixedLocator(list(values)))
    else:
        axis.set_major_locator(MaxNLocator(nbins=7, integer=True, steps=[1, 2, 5, 10]))
    axis.set_major_formatter(ShortFormatter())
    axis.set_minor_locator(NullLocator())


def set_linear(axis: Axis, nbins: int = 6) -> None:
    """Round ticks."""
    axis.set_major_locator(MaxNLocator(nbins=nbins, steps=[1, 2, 2.5, 5, 10]))
    axis.set_major_formatter(ShortFormatter())
    axis.set_minor_locator(NullLocator())


def set_logarithmic(axis: Axis, low: float, high: float) -> None:
    """Ticks at powers of ten, or within them where the values span little more than one."""
    n_decades = math.log10(high) - math.log10(low) if low > 0 else 0.0
    if 0 < n_decades < 1:
        # Two ticks would look like those of a linear axis.
        within: tuple[float, ...] = (1.0, 2.0, 3.0, 4.0, 6.0, 8.0)
    else:
        within = (1.0, 2.0, 5.0) if n_decades < _FEW_DECADES else (1.0,)
    axis.set_major_locator(LogLocator(subs=within, numticks=7))
    axis.set_major_formatter(FuncFormatter(_power))
    axis.set_minor_locator(NullLocator())


def set_linear_and_logarithmic(axis: Axis) -> None:
    """Few ticks with short words, of a scale that is linear about zero."""
    locator = axis.get_major_locator()
    if isinstance(locator, SymmetricalLogLocator):
        locator.set_params(numticks=5)
    axis.set_major_formatter(FuncFormatter(_signed_power))
    axis.set_minor_locator(NullLocator())


def _signed_power(value: float, _position: int | None = None) -> str:
    return f"-{_power(-value)}" if value < 0 else _power(value)
