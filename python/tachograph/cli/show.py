"""`tacho show`: what a run is, how it went, what stands out, and the course of each metric."""

from pathlib import Path

import click

from tachograph.cli.exits import Exit
from tachograph.cli.options import json_option, run_argument
from tachograph.cli.output import emit_json
from tachograph.cli.target import locate
from tachograph.overview.reading_ahead import ReadingAhead


@click.command("show")
@run_argument
@json_option
def command(run_path: Path, *, as_json: bool) -> Exit:
    """Shows a run: its state, training summary, stability, findings, each metric's course.

    Ends with exit code 3 where the run is damaged: what can be read is shown.
    """
    ahead = ReadingAhead(locate(run_path))
    # Only now, while the run is being read.
    from tachograph.cli.damage import exit_of
    from tachograph.cli.shown_run import facts_of, print_run

    with ahead.run() as run:
        if as_json:
            emit_json(facts_of(run, ahead.courses()))
        else:
            print_run(run, ahead.courses())
        return exit_of(run.report)
