"""What commands print: lines for people, JSON for programs."""

import dataclasses
import json
import math
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any

import click

__all__ = ["emit", "emit_json", "to_json", "warn"]


def emit(text: str = "") -> None:
    """One line on standard output, at once."""
    click.echo(text)


def emit_json(value: object, *, indent: int | None = 2) -> None:
    """A value as strict JSON in ASCII on standard output.

    ASCII because names come from the log: escaped, they can neither act on a terminal nor fail on
    an encoding.
    """
    click.echo(json.dumps(to_json(value), allow_nan=False, indent=indent))


def warn(message: str) -> None:
    """One line on standard error, which leaves standard output to the result."""
    click.echo(f"tacho: {message}", err=True)


def to_json(value: Any) -> Any:  # noqa: PLR0911 - one return for each kind
    """The value in terms of JSON; non-finite numbers become the strings that `save` writes."""
    if hasattr(value, "tolist"):  # NumPy's arrays and scalars, without importing NumPy for it
        value = value.tolist()
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return _json_float(value)
        case Mapping():
            return {str(key): to_json(item) for key, item in value.items()}
        case Sequence() | AbstractSet():
            return [to_json(item) for item in value]
        case datetime():
            return value.isoformat()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = dataclasses.fields(value)
        return {field.name: to_json(getattr(value, field.name)) for field in fields}
    return str(value)


def _json_float(value: float) -> float | str:
    if math.isfinite(value):
        return value
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"
