"""`tacho compare`: runs side by side."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from tachograph.cli.damage import exit_of
from tachograph.cli.exits import Exit
from tachograph.cli.options import json_option
from tachograph.cli.output import emit, emit_json
from tachograph.cli.table import Column, print_table
from tachograph.cli.target import locate
from tachograph.curves import opened
from tachograph.overview.comparison import Comparison, cells_of, compare
from tachograph.overview.configurations import ABSENT, Setting, setting_text
from tachograph.overview.wording import number, printable
from tachograph.records import Run

_VALUE_CHARS = 60

_RESULTS = (
    Column("run", gives_way=True),
    Column(""),
    Column("best loss", numeric=True),
    Column("at epoch", numeric=True),
    Column("epochs", numeric=True, leaves=3),
    Column("steps", numeric=True, leaves=2),
    Column("time", numeric=True, leaves=1),
    Column("final lr", numeric=True, leaves=4),
    Column("training loss", gives_way=True, leaves=5),
)


@click.command("compare")
@click.argument(
    "run_paths", metavar="RUN...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option("--all", "show_all", is_flag=True, help="Also the settings that all runs share.")
@json_option
def command(run_paths: Sequence[Path], *, show_all: bool, as_json: bool) -> Exit:
    """Puts runs side by side: the settings that differ, and what came out.

    RUN may also be a record as JSON or pickle. The best run has a star. Ends with exit code 3 where
    what was read of a run is damaged: what is left is compared.
    """
    with opened([locate(path) for path in run_paths]) as records:
        comparison = compare(records)
        reports = [record.report for record in records if isinstance(record, Run)]
    _print(comparison, show_all=show_all, as_json=as_json)
    return exit_of(*reports)


def _print(comparison: Comparison, *, show_all: bool, as_json: bool) -> None:
    settings = comparison.settings if show_all else comparison.configuration
    if as_json:
        emit_json(_facts(comparison, settings))
        return
    print_table(_RESULTS, _results(comparison))
    emit()
    _print_settings(comparison, settings, show_all=show_all)
    if comparison.pair is not None:
        _print_pair(comparison.pair, comparison.labels)


def _facts(comparison: Comparison, settings: Sequence[Setting]) -> dict[str, Any]:
    return {
        "labels": comparison.labels,
        "results": comparison.results,
        "best": comparison.best,
        "settings": [_setting_facts(setting) for setting in settings],
        "pair": comparison.pair,
    }


def _setting_facts(setting: Setting) -> dict[str, Any]:
    """A setting absent from a run is null, which `present` tells from a setting of null."""
    return {
        "name": setting.name,
        "differs": setting.differs,
        "values": [None if value is ABSENT else value for value in setting.values],
        "present": [value is not ABSENT for value in setting.values],
    }


def _results(comparison: Comparison) -> list[list[str]]:
    return [
        [printable(label), *cells, result.convergence.replace("_", " ")]
        for (label, *cells), result in zip(cells_of(comparison), comparison.results, strict=True)
    ]


def _print_settings(comparison: Comparison, settings: Sequence[Setting], *, show_all: bool) -> None:
    if not settings:
        if len(comparison.results) > 1 and not show_all:
            emit("no setting differs")
            emit()
        return
    columns = [
        Column("setting", gives_way=True),
        *(Column(printable(label), gives_way=True) for label in comparison.labels),
    ]
    rows = [[printable(setting.name), *map(_value, setting.values)] for setting in settings]
    print_table(columns, rows)
    emit()


def _value(value: Any) -> str:
    return printable(setting_text(value), max_chars=_VALUE_CHARS)


def _print_pair(pair: dict[str, Any], labels: Sequence[str]) -> None:
    """What `compare_with` says of two runs, in a line."""
    better = pair["better_index"]
    if pair["compared"] is None:
        emit("no loss to compare")
        return
    kind = "validation" if pair["compared"] == "val" else "training"
    if better is None:
        emit(f"equal: the best {kind} losses are the same")
        return
    epochs = pair["epoch_difference"]
    apart = "" if epochs is None else f", best epochs {epochs:,} apart"
    emit(
        f"{printable(labels[better])} is better: its best {kind} loss is lower by "
        f"{number(pair['loss_difference'])}{apart}"
    )
