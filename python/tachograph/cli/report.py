"""`tacho report`: an HTML file of one run, or of several side by side."""

from contextlib import ExitStack
from pathlib import Path

import click

import tachograph
from tachograph.cli.damage import exit_of
from tachograph.cli.exits import Exit
from tachograph.cli.options import json_option
from tachograph.cli.output import emit, emit_json
from tachograph.cli.target import locate
from tachograph.overview.wording import counted, printable, size
from tachograph.report import write_html


@click.command("report")
@click.argument(
    "run_paths",
    metavar="RUN...",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path),
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path("report.html"),
    show_default=True,
    help="The file, replaced whole or not at all.",
)
@json_option
def command(run_paths: tuple[Path, ...], *, output: Path, as_json: bool) -> Exit:
    """Writes an HTML report of runs: curves to zoom and toggle, findings, configuration.

    The file needs no network. Of several runs it shows what differs and lays their curves over
    each other. Ends with exit code 3 where a run is damaged: what can be read is shown.
    """
    with ExitStack() as stack:
        runs = [stack.enter_context(tachograph.open(locate(path))) for path in run_paths]
        write_html(runs, output)
        reports = [run.report for run in runs]
    n_bytes = output.stat().st_size
    if as_json:
        emit_json({"path": str(output), "bytes": n_bytes, "runs": [str(run.path) for run in runs]})
    else:
        emit(f"{printable(output, max_chars=1000)}: {counted(len(runs), 'run')}, {size(n_bytes)}")
    return exit_of(*reports)
