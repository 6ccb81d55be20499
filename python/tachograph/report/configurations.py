"""Configurations as rows of names and values, and what differs between runs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from tachograph.report.model import RunFacts

__all__ = ["differences", "flat", "settings"]

_MOST_ROWS: Final = 2000
_ABSENT: Final = None


def flat(config: Any, prefix: str = "") -> dict[str, str]:
    """A nested configuration as one level of names and texts: ``optimizer.lr``.

    Args:
        config: As the log keeps it; what is no mapping is one value without a name.
        prefix: What names begin with.

    Returns:
        At most 2,000 entries.
    """
    rows: dict[str, str] = {}
    if not isinstance(config, Mapping) or config:
        _collect(config, prefix, rows)
    return rows


def settings(run: RunFacts) -> dict[str, str]:
    """Both configurations of a run, with ``model.`` and ``training.`` before their names."""
    return {**flat(run.model_config, "model"), **flat(run.training_config, "training")}


def differences(
    columns: Sequence[Mapping[str, str]],
) -> tuple[dict[str, list[str | None]], dict[str, str]]:
    """What differs between runs, and what is the same in all.

    Args:
        columns: Names and texts of each run.

    Returns:
        For each name that differs a text a run, None where it is absent; and the other names.
    """
    names = dict.fromkeys(name for column in columns for name in column)
    differing: dict[str, list[str | None]] = {}
    same: dict[str, str] = {}
    for name in names:
        texts = [column.get(name, _ABSENT) for column in columns]
        first = texts[0]
        if first is not None and all(text == first for text in texts):
            same[name] = first
        else:
            differing[name] = texts
    return differing, same


def _collect(value: Any, name: str, rows: dict[str, str]) -> None:
    if isinstance(value, Mapping) and value:
        for key, item in value.items():
            _collect(item, f"{name}.{key}" if name else str(key), rows)
    elif len(rows) < _MOST_ROWS:
        rows[name] = _text(value)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if hasattr(value, "tolist"):
        value = value.tolist()
    try:
        return json.dumps(value, ensure_ascii=False, default=str)
    except (TypeError, ValueError):  # keys that are no text, bytes within lists
        return str(value)
