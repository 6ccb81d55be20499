"""`tacho demo`: trains a small classifier under a recorder and shows what came out."""

import dataclasses
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as ProgressBar

from tachograph import demo
from tachograph.cli.options import json_option
from tachograph.cli.output import emit, emit_json, warn
from tachograph.cli.summary import print_stability, print_summary
from tachograph.cli.table import print_pairs
from tachograph.overview.wording import duration, printable, size

_REDRAW_SECS = 0.1
_PATH_CHARS = 1000


@click.command("demo")
@click.option(
    "--steps",
    type=click.IntRange(min=1),
    default=demo.Settings().n_steps,
    show_default=True,
    help="Optimiser steps.",
)
@click.option(
    "--dir",
    "root",
    type=click.Path(path_type=Path),
    help="Where runs are kept.  [default: $TACHO_DIR, or runs]",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Of the split, the weights, and the batches.",
)
@json_option
def command(*, steps: int, root: Path | None, seed: int, as_json: bool) -> None:
    """Trains a small classifier of handwritten digits, recording every step and epoch.

    Needs scikit-learn for its data: pip install 'tachograph[demo]'. Each call makes a new run.
    """
    settings = demo.Settings(n_steps=steps, seed=seed)
    with _progress(settings.n_steps) as on_epoch:
        result = demo.run(settings, root=root, on_epoch=on_epoch)
    if as_json:
        emit_json(_facts(result))
    else:
        _print(result)


@contextmanager
def _progress(n_steps: int) -> Iterator[Callable[[demo.Progress], None]]:
    """Progress on standard error: a bar on a terminal, ten lines anywhere else."""
    console = Console(stderr=True)
    if not console.is_terminal or console.is_dumb_terminal:
        yield _Lines(n_steps).show
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("val accuracy {task.fields[accuracy]:.3f}"),
    )
    # Redrawn from here and not by a thread of its own, which would take time from the training.
    with ProgressBar(*columns, console=console, auto_refresh=False) as bar:
        task = bar.add_task("training", total=n_steps, accuracy=0.0)
        drawn = 0.0

        def show(progress: demo.Progress) -> None:
            nonlocal drawn
            now = time.monotonic()
            if now - drawn >= _REDRAW_SECS or progress.steps_done == n_steps:
                drawn = now
                bar.update(task, completed=progress.steps_done, accuracy=progress.val.accuracy)
                bar.refresh()

        yield show


class _Lines:
    """Progress as a line for each tenth of the way."""

    def __init__(self, n_steps: int) -> None:
        self._n_steps = n_steps
        self._tenths_shown = 0

    def show(self, progress: demo.Progress) -> None:
        tenths = 10 * progress.steps_done // self._n_steps
        if tenths > self._tenths_shown:
            self._tenths_shown = tenths
            warn(
                f"{progress.steps_done:,} of {self._n_steps:,} steps, "
                f"val accuracy {progress.val.accuracy:.3f}"
            )


def _facts(result: demo.DemoResult) -> dict[str, object]:
    return {
        **{field.name: getattr(result, field.name) for field in dataclasses.fields(result)},
        "bytes_per_scalar": result.bytes_per_scalar,
        "recording_share": result.recording_share,
    }


def _print(result: demo.DemoResult) -> None:
    print_summary(result.summary)
    print_stability(result.stability)
    emit("Recording")
    print_pairs(
        [
            ("  val accuracy", f"{result.val_accuracy:.4f}"),
            ("  recorded", f"{result.steps:,} steps, {result.epochs:,} epochs"),
            ("  run", printable(result.run_dir, max_chars=_PATH_CHARS)),
            ("  beside the log", ", ".join(file.name for file in result.files)),
            (
                "  size",
                (
                    f"{size(result.run_bytes)}, {result.bytes_per_scalar:.2f} bytes a scalar "
                    f"({result.scalars:,} scalars)"
                ),
            ),
            (
                "  cost",
                (
                    f"{duration(result.recording_seconds)} of {duration(result.training_seconds)} "
                    f"training: {result.recording_share:.2%} ({result.step_call_ns:,.0f} ns a step)"
                ),
            ),
            (
                "  beside it",
                (
                    f"opening {duration(result.open_seconds)}, "
                    f"closing {duration(result.close_seconds)}, "
                    f"{duration(result.background_seconds)} of processor time in other threads"
                ),
            ),
        ]
    )
    emit()
    emit(f"Next: tacho show {printable(result.run_dir, max_chars=_PATH_CHARS)}")
