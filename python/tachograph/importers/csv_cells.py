"""Cells of a CSV file as the values that they stand for."""

from __future__ import annotations

import json
from typing import Any, Final

from tachograph._core import number_in_cell, whole_numbers_in_cells
from tachograph.importers.json_depth import nests_deeper
from tachograph.recorder.loading.json_values import from_json
from tachograph.records.instants import instant_from, micros_of

__all__ = ["NOT_A_NUMBER", "micros_in", "number_in", "value_in", "whole_number_in"]

NOT_A_NUMBER: Final = object()
"""What `number_in` gives for text."""


def whole_number_in(cell: str) -> int | None:
    """The integer of 64 bits that a cell holds, be it as ``9.0``; None where it holds none."""
    return whole_numbers_in_cells((cell,))[0]


def number_in(cell: str) -> Any:
    """The number that a cell holds.

    Returns:
        An int where it is written as one and fits 64 bits, else a float; 1 or 0 for a truth value;
        None for an empty cell; `NOT_A_NUMBER` for any other text, a longer integer included.
    """
    number = number_in_cell(cell)
    return NOT_A_NUMBER if isinstance(number, str) else number


def value_in(cell: str) -> Any:
    """The value of an epoch's metric: a number, a list or object written as JSON, or text."""
    number = number_in(cell)
    if number is not NOT_A_NUMBER:
        return number
    if cell.startswith(("[", "{")):
        try:
            value = json.loads(cell)
            return cell if nests_deeper(value) else from_json(value)
        except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
            return cell
    return cell


def micros_in(cell: str) -> int | None:
    """The instant in a cell, ISO 8601, as microseconds since 1970 UTC; None for other text."""
    moment = instant_from(cell)
    return None if moment is None else micros_of(moment)
