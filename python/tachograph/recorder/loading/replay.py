"""Puts what was read from a file into a writer."""

# ruff: noqa: SLF001 -- what the core's writer offers to the package is private to it

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tachograph._core import ROLE_METRIC, Reader, Writer
from tachograph.records.epoch_record import EpochRecord
from tachograph.records.epoch_sequence import EpochSequence
from tachograph.records.instants import micros_of
from tachograph.records.plain_value import plain_mapping

__all__ = ["replay_epochs", "replay_log"]


def replay_epochs(writer: Writer, epochs: Iterable[EpochRecord]) -> None:
    """Appends epochs as they were, flags and timestamps included."""
    for epoch in epochs:
        fields: dict[str, Any] = {
            "train_loss": epoch.train_loss,
            "val_loss": epoch.val_loss,
            "learning_rate": epoch.learning_rate,
            "epoch_time": epoch.epoch_time,
            "memory_usage": epoch.memory_usage,
            "gradient_norm": epoch.gradient_norm,
            "is_best": epoch.is_best,
        }
        writer._append_epoch(
            epoch.epoch,
            micros_of(epoch.timestamp),
            fields,
            _metrics(epoch.train_metrics, "train_metrics"),
            _metrics(epoch.val_metrics, "val_metrics"),
            plain_mapping(epoch.sample_predictions, "sample_predictions") or None,
        )


def replay_log(writer: Writer, reader: Reader) -> None:
    """Appends the visible epochs and steps of a log; the steps get the present as their time."""
    replay_epochs(writer, EpochSequence(lambda: reader))
    _replay_steps(writer, reader)


def _metrics(metrics: dict[str, Any], argument: str) -> dict[str, Any]:
    plain = plain_mapping(metrics, argument)
    return {str(name): value for name, value in plain.items() if value is not None}


def _replay_steps(writer: Writer, reader: Reader) -> None:
    """Appends the steps in stretches of rows that have the same metrics."""
    steps = reader.index("steps")[0]
    columns = []
    for role, name, _ in reader.schema("steps"):
        column, rows = reader.column("steps", role, name), reader.column_rows("steps", role, name)
        if role == ROLE_METRIC and column is not None and rows is not None:
            columns.append((name, column[1], rows))
    bounds = _bounds([rows for _, _, rows in columns], len(steps))
    for start, stop in pairwise(bounds):
        stretch = {}
        for name, values, rows in columns:
            first = int(rows.searchsorted(start))
            if first < len(rows) and rows[first] == start:
                stretch[name] = values[first : first + stop - start]
        writer.log_steps(steps[start:stop], stretch)


def _bounds(present: list[NDArray[np.int64]], n_rows: int) -> list[int]:
    """The rows at which some column begins or ends, with both ends of the table."""
    changes: set[int] = {0, n_rows}
    for rows in present:
        gaps = np.flatnonzero(np.diff(rows) != 1)
        changes.update(rows[gaps + 1].tolist(), (rows[gaps] + 1).tolist())
        if len(rows):
            changes.update((int(rows[0]), int(rows[-1]) + 1))
    return sorted(changes)
