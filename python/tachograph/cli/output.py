"""What commands print: text for people with hostile characters made visible, JSON for programs."""

import dataclasses
import json
import math
import unicodedata
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any

import click

# Control, format, surrogate, private-use, unassigned characters and line separators can move the
# cursor, turn text round, or break a line. The two joiners (format characters as well) are part of
# how several scripts and many emoji are spelled, and do nothing of the kind.
_HOSTILE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_JOINERS = frozenset("\u200c\u200d")
_ELLIPSIS = "..."
_NAME_CHARS = 80
_MINUTE_SECS = 60
_HOUR_SECS = 3600
_KIB = 1024


def printable(text: object, *, max_chars: int = _NAME_CHARS) -> str:
    r"""Text from a log or a path, safe to show on a terminal.

    Characters that would act on the terminal stand as their escapes (`\x1b`, `\u202e`); text
    longer than `max_chars` is cut, with its end marked.
    """
    raw = str(text)
    cut = len(raw) > max_chars
    shown = raw[: max_chars - len(_ELLIPSIS)] if cut else raw
    safe = "".join(char if _is_harmless(char) else _escaped(char) for char in shown)
    return safe + _ELLIPSIS if cut else safe


def _is_harmless(char: str) -> bool:
    return char in _JOINERS or unicodedata.category(char) not in _HOSTILE_CATEGORIES


def _escaped(char: str) -> str:
    return ascii(char)[1:-1]


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


def number(value: Any) -> str:
    """A metric's value for people: six significant digits, `-` where there is none."""
    if value is None:
        return "-"
    return str(value) if isinstance(value, int) else f"{float(value):.6g}"


def counted(count: int, noun: str) -> str:
    """A count with its noun, in the plural where it is one."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def size(n_bytes: int) -> str:
    """A count of bytes for people."""
    if n_bytes < _KIB:
        return f"{n_bytes} B"
    amount = float(n_bytes)
    for unit in ("KiB", "MiB", "GiB"):
        amount /= _KIB
        if amount < _KIB:
            return f"{amount:.1f} {unit}"
    return f"{amount / _KIB:.1f} TiB"


def duration(secs: float) -> str:
    """A span of time for people."""
    if secs < 1:
        return f"{secs * 1000:.0f} ms"
    if secs < _MINUTE_SECS:
        return f"{secs:.1f} s"
    if secs < _HOUR_SECS:
        return f"{secs / _MINUTE_SECS:.1f} min"
    return f"{secs / _HOUR_SECS:.1f} h"


def moment(when: datetime | None) -> str:
    """A point in time for people, in the local zone."""
    return "-" if when is None else when.astimezone().strftime("%Y-%m-%d %H:%M:%S")
