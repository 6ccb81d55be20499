"""`tacho export`: a run as JSON, CSV, Parquet or event files of TensorBoard."""

import sys
from collections.abc import Mapping
from pathlib import Path

import click
from rich.progress import MofNCompleteColumn

import tachograph
from tachograph.cli.bar import patient_bar
from tachograph.cli.damage import exit_of
from tachograph.cli.escaping import EscapingSink
from tachograph.cli.exits import Exit
from tachograph.cli.options import run_argument, table_option
from tachograph.cli.output import warn
from tachograph.cli.target import locate
from tachograph.export.csv_file import CsvLayout
from tachograph.overview.wording import counted
from tachograph.records import Run


@click.command("export")
@run_argument
@click.option(
    "--json",
    is_flag=True,
    help="The record of the epochs, with configuration and environment, as strict JSON; with"
    " --table steps a list a column.",
)
@click.option("--jsonl", is_flag=True, help="One object a line.")
@click.option("--csv", is_flag=True, help="One row a record, for spreadsheets.")
@click.option("--long-csv", is_flag=True, help="One row a value.")
@click.option("--parquet", is_flag=True, help="Typed columns; needs pyarrow.")
@click.option(
    "--tensorboard",
    is_flag=True,
    help="An event file, with epochs and steps, in the directory that -o names.",
)
@table_option
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="What to write, replaced whole or not at all.  [default: standard output, as it comes; on"
    " a terminal with escapes for what would act on it]",
)
@click.option(
    "--formula-guard/--no-formula-guard",
    default=True,
    show_default=True,
    help="In CSV, defuse text that a spreadsheet would run as a formula.",
)
def command(
    run_path: Path, *, table: str, output: Path | None, formula_guard: bool, **forms: bool
) -> Exit:
    """Writes a run's epochs, or with --table steps its steps, as a file; or all as events.

    Ends with exit code 3 where the run is damaged: what can be read is written.
    """
    form = _chosen(forms)
    if form == "tensorboard" and output is None:
        raise click.UsageError("--tensorboard needs a directory: -o DIR")
    if form == "parquet" and output is None and sys.stdout.isatty():
        raise click.UsageError("--parquet is no text for a terminal: -o FILE, or a pipe")
    with tachograph.open(locate(run_path)) as run:
        _write(run, output, form=form, table=table, formula_guard=formula_guard)
        _tell_of_nothing(run, form, table)
        report = run.report
    return exit_of(report)


def _chosen(forms: Mapping[str, bool]) -> str:
    """The one form that was asked for."""
    names = {name.replace("_", "-"): is_chosen for name, is_chosen in forms.items()}
    chosen = [name for name, is_chosen in names.items() if is_chosen]
    if not chosen:
        *most, last = (f"--{name}" for name in names)
        raise click.UsageError(f"say which: {', '.join(most)} or {last}")
    if len(chosen) > 1:
        raise click.UsageError(f"one form at a time: --{' or --'.join(chosen)}")
    return chosen[0]


def _tell_of_nothing(run: Run, form: str, table: str) -> None:
    """Says where the rows are if the table has none."""
    rows = {"epochs": run.status.epochs, "steps": run.status.steps}
    if form == "tensorboard" or rows[table]:  # events are of both
        return
    other = "steps" if table == "epochs" else "epochs"
    count = counted(rows[other], other.removesuffix("s"))
    warn(f"no {table}; {count}: --table {other}" if rows[other] else f"no {table}")


def _write(run: Run, output: Path | None, *, form: str, table: str, formula_guard: bool) -> None:
    # A bar would stand in what is shown.
    is_shown = output is None and sys.stdout.isatty()
    target = output or (EscapingSink(sys.stdout) if is_shown else sys.stdout.buffer)
    with patient_bar("exporting", MofNCompleteColumn(), hidden=is_shown) as show:
        if form == "tensorboard" and output is not None:
            run.export_to_tensorboard(output, progress=show)
        elif form in ("json", "jsonl"):
            # A name that ends in .jsonl says it too.
            run.export_to_json(target, table, lines=form == "jsonl" or None, progress=show)
        elif form == "parquet":
            run.export_to_parquet(target, table, progress=show)
        else:
            layout: CsvLayout = "long" if form == "long-csv" else "wide"
            run.export_to_csv(
                target, table, formula_guard=formula_guard, layout=layout, progress=show
            )
