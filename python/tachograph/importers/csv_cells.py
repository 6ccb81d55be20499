"""Cells of a CSV file as the values that they stand for."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from tachograph.importers.json_depth import nests_deeper
from tachograph.recorder.loading.json_values import from_json
from tachograph.records.instants import instant_from, micros_of

__all__ = ["NOT_A_NUMBER", "micros_in", "number_in", "value_in", "whole_number_in"]

NOT_A_NUMBER: Final = object()
"""What `number_in` gives for text."""

_WHOLE = re.compile(r"[+-]?[0-9]{1,19}")
_INT64 = range(-(2**63), 2**63)
_TRUTHS = {"True": 1, "False": 0, "true": 1, "false": 0}


def whole_number_in(cell: str) -> int | None:
    """The integer of 64 bits that a cell holds; None where it holds none."""
    if _WHOLE.fullmatch(cell):
        number = int(cell)
        if number in _INT64:
            return number
    return None


def number_in(cell: str) -> Any:
    """The number that a cell holds.

    Returns:
        An int where it is written as one and fits 64 bits, else a float; 1 or 0 for a truth value;
        None for an empty cell; `NOT_A_NUMBER` for any other text, a longer integer included.
    """
    if not cell:
        return None
    try:
        if _WHOLE.fullmatch(cell):
            number = int(cell)
            return number if number in _INT64 else NOT_A_NUMBER
        # Python also reads digits with underscores, which no recorder writes, and integers of any
        # length, which a float would round.
        if "_" in cell or cell.lstrip("+-").isdecimal():
            return NOT_A_NUMBER
        return float(cell)
    except ValueError:
        return _TRUTHS.get(cell, NOT_A_NUMBER)


def value_in(cell: str) -> Any:
    """The value of an epoch's metric: a number, a list or object written as JSON, or text."""
    number = number_in(cell)
    if number is not NOT_A_NUMBER:
        return number
    if cell[0] in "[{":
        try:
            value = json.loads(cell)
            return cell if nests_deeper(value) else from_json(value)
        except (ValueError, TypeError, KeyError, RecursionError):
            return cell
    return cell


def micros_in(cell: str) -> int | None:
    """The instant in a cell, ISO 8601, as microseconds since 1970 UTC; None for other text."""
    moment = instant_from(cell)
    return None if moment is None else micros_of(moment)
