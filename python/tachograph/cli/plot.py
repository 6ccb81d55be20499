"""`tacho plot`: metrics of a run, or of several, as a picture."""

from contextlib import ExitStack
from itertools import takewhile
from pathlib import Path
from typing import Any

import click

import tachograph
from tachograph.cli.damage import exit_of
from tachograph.cli.exits import Exit
from tachograph.cli.options import json_option
from tachograph.cli.output import emit, emit_json
from tachograph.cli.target import locate
from tachograph.overview.wording import printable
from tachograph.plots import TrainingVisualizer
from tachograph.records.log_file import is_run

_AXES: dict[str | None, Any] = {None: None, "step": "step", "epoch": "epoch", "time": "wall_time"}


@click.command("plot")
@click.argument("run_path", metavar="RUN", type=click.Path(path_type=Path))
@click.argument("words", metavar="[RUN ...] [METRIC ...]", nargs=-1)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path("plot.png"),
    show_default=True,
    help="What to write: .png, .svg, .pdf.",
)
@click.option(
    "--axis", type=click.Choice(["step", "epoch", "time"]), help="What runs from left to right."
)
@click.option(
    "--smoothing",
    type=click.FloatRange(0, 1, max_open=True),
    default=0.6,
    show_default=True,
    help="As TensorBoard's slider.",
)
@click.option("--log", is_flag=True, help="Logarithmic values.")
@click.option(
    "--style", default="seaborn-v0_8", show_default=True, help="Or dark, or one of matplotlib."
)
@click.option("--palette", default="Set2", show_default=True, help="Colours of several runs.")
@json_option
def command(
    run_path: Path, words: tuple[str, ...], *, output: Path, as_json: bool, **look: Any
) -> Exit:
    """Draws metrics, a panel each; several runs over each other.

    Words that name a run on the disk are runs, up to the first that does not; from there on they
    are metrics, of the steps or of the epochs (train_loss, val/mae). Without any, all metrics of
    the steps are drawn, or of the epochs where there are no steps.

    Ends with exit code 3 where a run is damaged: what can be read is drawn.
    """
    visualizer = TrainingVisualizer(look["style"], look["palette"])
    others = list(takewhile(lambda word: is_run(Path(word)), words))
    with ExitStack() as stack:
        runs = [
            stack.enter_context(tachograph.open(locate(path)))
            for path in (run_path, *map(Path, others))
        ]
        figure = visualizer.plot_metrics(
            runs,
            words[len(others) :] or None,
            output,
            axis=_AXES[look["axis"]],
            smoothing=look["smoothing"],
            log=look["log"],
        )
        reports = [run.report for run in runs]
    panels = [axes.get_title(loc="left") for axes in figure.axes]
    if as_json:
        emit_json({"path": str(output), "runs": [str(run.path) for run in runs], "panels": panels})
    else:
        emit(f"{printable(output, max_chars=1000)}: {', '.join(map(printable, panels))}")
    return exit_of(*reports)
