"""Runs side by side: in what they were set differently, and what came out."""

# ruff: noqa: SLF001 -- recorders and runs have what stands behind their methods in common

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tachograph.curves import Source, opened
from tachograph.exceptions import InvalidArgumentError
from tachograph.overview.configurations import Setting, configuration_of, settings_of
from tachograph.overview.labels import labels_of
from tachograph.overview.result import Result, best_of, result_of
from tachograph.overview.wording import duration, loss_text, number
from tachograph.records.experiment import Experiment
from tachograph.records.queries import RecordQueries
from tachograph.records.upward import reach

__all__ = ["Comparison", "cells_of", "compare"]

_PAIR = 2


@dataclass(frozen=True, slots=True)
class Comparison:
    """Several runs side by side, as they were when they were compared.

    Attributes:
        results: What came out of each run, in the order given.
        settings: Every setting that any of them has.
        pair: What `compare_with` says of the first and the second; None unless there are two.
    """

    results: tuple[Result, ...]
    settings: tuple[Setting, ...]
    pair: dict[str, Any] | None

    @property
    def configuration(self) -> tuple[Setting, ...]:
        """The settings that differ."""
        return tuple(setting for setting in self.settings if setting.differs)

    @property
    def labels(self) -> tuple[str, ...]:
        """A name for each run, no two the same: the experiment's, with more where it must be."""
        return tuple(labels_of((one.experiment_name, one.run_id) for one in self.results))

    @property
    def best(self) -> int | None:
        """The index of the run with the least loss of those compared; None where none has any.

        Validation losses are compared where every run that has a loss has one, else the training
        losses; the first of equal ones. A loss that is NaN is never the least.
        """
        found = best_of([(one.best_val_loss, one.best_train_loss) for one in self.results])
        return None if found is None else found[0]

    def _repr_html_(self) -> str:
        html: str = reach("comparison_html")(self)
        return html


def compare(runs: Source | Iterable[Source]) -> Comparison:
    """Puts runs side by side.

    Args:
        runs: Recorders, runs, or paths of runs, of .tacho files, of records as JSON or pickle; at
            least one. What was open stays open.

    Raises:
        ArgumentTypeError: `runs` is no list of such.
        InvalidArgumentError: There is none.
        RunNotFoundError: There is no run at a path.
        RecordFormatError: A file is no training record.
        OSError: A run cannot be read.
    """
    with opened(runs) as records:
        if not records:
            message = "runs must name at least one run, not []"
            raise InvalidArgumentError(message, argument="runs")
        return Comparison(
            results=tuple(map(result_of, records)),
            settings=settings_of([_configuration(run) for run in records]),
            pair=records[0].compare_with(records[1]) if len(records) == _PAIR else None,
        )


def cells_of(comparison: Comparison) -> list[list[str]]:
    """What came out of each run, in words.

    Returns:
        A row for each run: its label, a star where it is the best of several, best loss, the epoch
        of it, epochs, steps, time, final learning rate.
    """
    best = comparison.best if len(comparison.results) > 1 else None
    return [
        [
            label,
            "*" if at == best else "",
            loss_text(result.best_loss, is_val=result.best_val_loss is not None),
            number(result.best_epoch),
            f"{result.epochs:,}",
            f"{result.steps:,}",
            duration(result.total_time or None),  # none where no epoch gave its time
            number(result.final_learning_rate),
        ]
        for at, (label, result) in enumerate(
            zip(comparison.labels, comparison.results, strict=True)
        )
    ]


def _configuration(run: RecordQueries) -> dict[str, Any]:
    # As the log has it, where there is one: it has the text of what is an object to a recorder.
    reader = run._columns()
    records = reader.records()
    if "experiment" in records:
        about = Experiment.from_records(records, reader.run_id)
    else:
        about = run._experiment_record()
    return configuration_of(about.model_config, about.training_config)
