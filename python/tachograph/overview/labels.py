"""What tells runs apart that are shown side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

__all__ = ["labels_of"]

_UNNAMED = "unnamed"
_NAME_CHARS = 80
_ELLIPSIS = "…"


def labels_of(runs: Iterable[tuple[str, str]], *, max_chars: int = _NAME_CHARS) -> list[str]:
    """A label for each run, no two the same: its name, and what tells it from others of that name.

    That is the last part of its run id, by which runs of one day differ, and a number where the
    same run comes twice.

    Args:
        runs: Of each run the experiment's name and the run id; both are data.
        max_chars: How long a label may be; it is the name that is cut.
    """
    known = [(name or _UNNAMED, run_id.rpartition("-")[2] or run_id) for name, run_id in runs]
    counts = Counter(_cut(name, max_chars) for name, _ in known)
    taken = {name for name, count in counts.items() if count == 1}
    labels = []
    for name, tail in known:
        label = _cut(name, max_chars)
        if counts[label] > 1:
            label = _distinct(name, tail, max_chars, taken)
        taken.add(label)
        labels.append(label)
    return labels


def _distinct(name: str, tail: str, max_chars: int, taken: set[str]) -> str:
    mark = f" · {_cut(tail, max_chars // 2)}" if tail else ""
    number = 1
    while (label := _joined(name, mark, number, max_chars)) in taken:
        number += 1
    return label


def _joined(name: str, mark: str, number: int, max_chars: int) -> str:
    end = mark if number == 1 else f"{mark} ({number})"
    return _cut(name, max_chars - len(end)) + end


def _cut(text: str, max_chars: int) -> str:
    return text if len(text) <= max_chars else text[: max(0, max_chars - 1)] + _ELLIPSIS
