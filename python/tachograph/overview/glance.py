"""Where a run stands now: its last values, its pace, and what is left."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tachograph._core import Reader
from tachograph.analysis.column_names import Table
from tachograph.overview.epoch_values import epoch_values, numbers_only
from tachograph.overview.state import state_of
from tachograph.overview.totals import Totals, totals_of
from tachograph.records.experiment import Experiment
from tachograph.records.source import RecordSource

__all__ = ["Glance", "glance_of"]

_LAST_ROWS = 16
_BACK_ROWS = 256
_PACE_SECS = 10.0
_FEWEST_ROWS = 8
_MANY_ROWS = 100
_MOST_ROWS = 4096
_MICROS = 1e6

_EPOCH_FIELDS = ("train_loss", "val_loss", "learning_rate", "epoch_time", "gradient_norm")


@dataclass(frozen=True, slots=True)
class Glance:
    """A look at a run that may still be written.

    Attributes:
        experiment_name: The experiment's name, exactly.
        run_id: The run's id.
        step: The last step; None where there is none.
        epoch: The label of the last epoch; None likewise.
        n_epochs: How many epochs there are.
        totals: How many steps and epochs there will be, as far as the run says.
        steps_per_sec: Of the last ten seconds or so of the log; None where it cannot be known.
        remaining_secs: What is left at that pace, by steps, else by epochs; None where no total is
            known.
        best_epoch: The label of the best epoch; None where there is none.
        best_loss: Its loss.
        last_micros: When the last row was logged, in microseconds since 1970 UTC.
        values: The last value of each metric of the steps.
        epoch_values: The values of the last epoch, by the names that `Run.history` takes.
    """

    experiment_name: str = ""
    run_id: str = ""
    step: int | None = None
    epoch: int | None = None
    n_epochs: int = 0
    totals: Totals = field(default_factory=Totals)
    steps_per_sec: float | None = None
    remaining_secs: float | None = None
    best_epoch: int | None = None
    best_loss: float | None = None
    last_micros: int | None = None
    values: Mapping[str, float | int] = field(default_factory=dict)
    epoch_values: Mapping[str, float | int] = field(default_factory=dict)

    @property
    def share(self) -> float | None:
        """How much is done, from 0 to 1; None where no total is known."""
        if self.counts_epochs:
            return None if self.totals.epochs is None else _share(self.epoch, self.totals.epochs)
        return None if self.totals.steps is None else _share(self.step, self.totals.steps)

    @property
    def counts_epochs(self) -> bool:
        """Whether epochs say how far it is: no total of steps is known, or none is logged."""
        return self.totals.steps is None or (self.step is None and self.totals.epochs is not None)


def glance_of(
    run: RecordSource,
    *,
    total_steps: int | None = None,
    metrics: Sequence[str] = (),
    is_live: bool | None = None,
) -> Glance:
    """Looks at a run; reads a few rows, however many there are, and which epoch is the best.

    Args:
        run: A recorder or a run.
        total_steps: How many steps there will be, where the caller knows.
        metrics: Names of metrics whose last values are looked for further back than others', over
            some thousands of rows.
        is_live: Whether the run still goes on, where the caller has asked already; of one that has
            ended nothing is left.
    """
    live = state_of(run) == "live" if is_live is None else is_live
    reader = run._columns()  # noqa: SLF001 -- recorders and runs have their columns in common
    records = reader.records()
    about = Experiment.from_records(records, reader.run_id)
    totals = totals_of(records, about.training_config, total_steps=total_steps)
    steps, epochs = (_last_rows(reader, table) for table in ("steps", "epochs"))
    step = _last_call(steps)["label"] if steps else None
    epoch = epochs[-1]["label"] if epochs else None
    best = reader.best()
    pace = _pace(reader, "steps")
    glance = Glance(
        experiment_name=about.name,
        run_id=about.run_id,
        step=step,
        epoch=epoch,
        n_epochs=reader.length("epochs"),
        totals=totals,
        steps_per_sec=pace,
        remaining_secs=_remaining(step, totals.steps, pace) if live else None,
        best_epoch=None if best is None else best[1],
        best_loss=None if best is None else best[2],
        last_micros=max(
            (_last_call(rows)["wall_micros"] for rows in (steps, epochs) if rows), default=None
        ),
        values=_values(reader, steps, metrics),
        epoch_values=_values_of(epochs[-1]) if epochs else {},
    )
    if glance.counts_epochs and live:
        remaining = _remaining(epoch, totals.epochs, _pace(reader, "epochs"))
        return replace(glance, remaining_secs=remaining)
    return glance


def _share(label: int | None, total: int) -> float:
    done = 0 if label is None else label + 1  # labels begin at 0
    return min(1.0, max(0.0, done / total))


def _remaining(label: int | None, total: int | None, pace: float | None) -> float | None:
    if label is None or total is None or pace is None:
        return None
    return max(0, total - label - 1) / pace


def _last_rows(reader: Reader, table: Table) -> list[dict[str, Any]]:
    n_rows = reader.length(table)
    n_last = _LAST_ROWS if table == "steps" else 1
    return reader.rows(table, max(0, n_rows - n_last), n_rows)


def _last_call(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The row of the last call: late rows behind it have the times of earlier ones."""
    own = [row for row in rows if row["attempt"] == rows[-1]["attempt"]]
    latest = max(row["wall_micros"] for row in own)
    return next(row for row in reversed(own) if row["wall_micros"] == latest)


def _values(
    reader: Reader, last: list[dict[str, Any]], metrics: Sequence[str]
) -> dict[str, float | int]:
    """The last value of each metric that is in the last rows, or is wanted and not too far back."""
    values = _merged(last)
    missing = set(metrics) - values.keys()
    if missing:
        missing &= {name for _, name, _ in reader.schema("steps")}
    n_rows = reader.length("steps")
    begin, least = n_rows - len(last), max(0, n_rows - _MOST_ROWS)
    while missing and begin > least:
        end, begin = begin, max(least, begin - _BACK_ROWS)
        found = _merged(reader.rows("steps", begin, end))
        values |= {name: found[name] for name in missing & found.keys()}
        missing -= found.keys()
    return values


def _merged(rows: list[dict[str, Any]]) -> dict[str, float | int]:
    values: dict[str, float | int] = {}
    for row in rows:
        values.update(row["metrics"])
    return values


def _values_of(row: Mapping[str, Any]) -> dict[str, float | int]:
    return numbers_only(epoch_values(row["fields"], row["train"], row["val"], names=_EPOCH_FIELDS))


def _pace(reader: Reader, table: Table) -> float | None:
    """Labels a second over the last rows of the attempt that is writing, by their wall times."""
    last_row = reader.length(table) - 1
    span = _span(reader, table, min(_MANY_ROWS, last_row))
    if span is None:
        return None
    # Once more, over about as many rows as ten seconds have; not over so many that blocks had to
    # be decoded for them.
    n_back = max(_FEWEST_ROWS, math.ceil(span.n_rows / span.secs * _PACE_SECS))
    n_back = min(n_back, _MOST_ROWS)
    settled = _span(reader, table, min(n_back, last_row)) or span
    return settled.n_labels / settled.secs


@dataclass(frozen=True, slots=True)
class _Span:
    """A stretch of rows at the end of a table."""

    n_rows: int
    n_labels: int
    secs: float


def _span(reader: Reader, table: Table, n_back: int) -> _Span | None:
    """The last `n_back` rows, or half as many and so on, where they lie in one attempt."""
    last_row = reader.length(table) - 1
    while n_back > 0:
        ends = (last_row - n_back, last_row)
        rows = [row for at in ends if at >= 0 for row in reader.rows(table, at, at + 1)]
        if len(rows) < len(ends):  # another thread saw that a resumed run hides them
            return None
        first, last = rows
        secs = (last["wall_micros"] - first["wall_micros"]) / _MICROS
        n_labels = last["label"] - first["label"]
        if first["attempt"] == last["attempt"] and secs > 0 and n_labels > 0:
            return _Span(n_back, n_labels, secs)
        n_back //= 2
    return None
