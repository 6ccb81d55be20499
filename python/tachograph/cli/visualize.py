"""`tacho visualize`: the dashboard of a watched training, and what it came to."""

from pathlib import Path
from typing import Any

import click

from tachograph.cli.damage import exit_of
from tachograph.cli.exits import Exit
from tachograph.cli.options import json_option
from tachograph.cli.output import emit, emit_json, warn
from tachograph.cli.target import locate
from tachograph.exceptions import RunNotFoundError
from tachograph.monitor.history_file import DEFAULT_HISTORY
from tachograph.overview.history_summary import summarize, summary_lines
from tachograph.overview.watched_source import opened_epochs
from tachograph.overview.wording import printable
from tachograph.plots import TrainingVisualizer
from tachograph.records import Run

DEFAULT_PICTURE = Path("training_dashboard.png")

_PATH_CHARS = 1000


@click.command("visualize")
@click.argument("source", metavar="[HISTORY]", required=False, type=click.Path(path_type=Path))
@click.option(
    "--history",
    type=click.Path(path_type=Path),
    help=f"The same as HISTORY; without either {DEFAULT_HISTORY.as_posix()} is read.",
)
@click.option(
    "--save",
    type=click.Path(path_type=Path),
    help=f"What to write: .png, .svg, .pdf; {DEFAULT_PICTURE} where it is not given.",
)
@click.option("--summary-only", is_flag=True, help="Draw nothing; needs no matplotlib.")
@click.option(
    "--style", default="seaborn-v0_8", show_default=True, help="Or dark, or one of matplotlib."
)
@json_option
def command(
    source: Path | None,
    *,
    history: Path | None,
    save: Path | None,
    summary_only: bool,
    style: str,
    as_json: bool,
) -> Exit:
    """Sums a watched training up, and draws its dashboard of nine panels.

    HISTORY is the file that a training with --save-history writes, or a run: then the metrics of
    its epochs are taken. The picture is written to a file, in a session without a screen as well;
    no window opens.

    The best validation epoch is that with the highest accuracy; of equal ones, that with the lower
    loss. Ends with exit code 1 where there is no such file, with 3 where a run is damaged.
    """
    if source is not None and history is not None:
        raise click.UsageError("give HISTORY or --history, not both")
    if summary_only and save is not None:
        raise click.UsageError("--summary-only draws nothing to --save")
    place = source or history or DEFAULT_HISTORY
    target = None if summary_only else save or DEFAULT_PICTURE
    try:
        return _visualize(_found(place), target, style, as_json=as_json)
    except RunNotFoundError as error:
        # Of a history, which is no run, this is a failure as any other.
        warn(f"error: {printable(error, max_chars=_PATH_CHARS)}")
        return Exit.ERROR


def _visualize(place: Path, target: Path | None, style: str, *, as_json: bool) -> Exit:
    with opened_epochs(place) as epochs:
        summary = summarize(epochs)
        if not as_json:
            for line in summary_lines(summary):
                emit(line)
        facts: dict[str, Any] = {"path": str(place), "summary": summary, "picture": None}
        if target is not None:
            TrainingVisualizer(style).plot_monitoring(epochs, target)
            facts["picture"] = str(target)
            if not as_json:
                emit()
                emit(f"Dashboard: {printable(target, max_chars=_PATH_CHARS)}")
        if as_json:
            emit_json(facts)
        return exit_of(epochs.run.report) if isinstance(epochs.run, Run) else Exit.OK


def _found(place: Path) -> Path:
    """The history or the run that is meant; of a directory of runs the one written last."""
    holds_history = (place / DEFAULT_HISTORY.name).is_file()
    return locate(place) if place.is_dir() and not holds_history else place
