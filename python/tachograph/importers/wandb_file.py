"""Run files of W&B, read by the core; W&B itself is not needed."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from tachograph._core import WandbFile
from tachograph.exceptions import RunNotFoundError
from tachograph.export.target import checked_path
from tachograph.importers.import_report import ImportReport, counts_of
from tachograph.importers.json_depth import MAX_DEPTH, nests_deeper
from tachograph.importers.new_run import new_run
from tachograph.records.experiment import Experiment
from tachograph.records.instants import moment_of

__all__ = ["import_wandb", "run_file_in"]


def run_file_in(path: str | os.PathLike[str]) -> Path:
    """The run file of a directory such as ``wandb/offline-run-...``, or the file itself.

    Raises:
        RunNotFoundError: There is none, or there are several, each a run of its own.
    """
    source = checked_path(path)
    if not source.is_dir():
        if not source.exists():
            raise RunNotFoundError(f"no run file of W&B at {source}", path=source)
        return source
    files = sorted(source.glob("run-*.wandb"))
    if len(files) != 1:
        what = f"{len(files)} run files; name one" if files else "no run-*.wandb"
        raise RunNotFoundError(f"{what}: {source}", path=source)
    return files[0]


def import_wandb(
    path: str | os.PathLike[str],
    dest: str | os.PathLike[str],
    *,
    on_progress: Callable[[int], None] | None = None,
) -> ImportReport:
    """Makes a run of the history in a run file of W&B.

    Each record of history is one row: its step is ``_step``, its wall time ``_timestamp``. All
    other numbers become metrics, the parts of nested names joined by dots; ``_runtime`` is one of
    them. The configuration becomes the training's. Text, media, tables, console output and the
    machine's own metrics are counted and left out.

    Args:
        path: ``run-<id>.wandb``, or the directory that holds one.
        dest: The directory of the new run, which must not exist.
        on_progress: Is told how many bytes were read so far, about each MiB.

    Returns:
        What was read, and what was left out.

    Raises:
        ArgumentTypeError: An argument has the wrong type.
        RunNotFoundError: There is no such file.
        RunExistsError: There is something at `dest`.
        UnsupportedFormatError: It is no run file of W&B.
        InvalidArgumentError: A metric mixes floats with integers beyond 2**53 that no float equals.
        OSError: A file cannot be read or written.
    """
    source = checked_path(path)
    file = WandbFile(str(run_file_in(source)))
    with new_run(dest) as run:
        file.append_to(run.writer, on_progress)
        found = file.report
        config, odd = _configuration(found["config"])
        counts = counts_of(found)
        counts["malformed"] += odd
        report = ImportReport(kind="wandb", source=source, path=run.path, **counts)
        first = found["first_wall_micros"]
        experiment = Experiment(
            name=found["display_name"] or found["project"] or found["run_id"],
            run_id="",
            training_config=config,
            created=None if first is None else moment_of(first),
        )
        about = {name: found[name] for name in ("run_id", "project", "display_name")}
        run.describe(experiment, report, wandb=about)
    return report


def _configuration(changes: Iterable[tuple[list[str], str | None]]) -> tuple[dict[str, Any], int]:
    """The configuration that changes lead to, and how many of them make no sense."""
    config: dict[str, Any] = {}
    odd = 0
    for path, text in changes:
        try:
            value = None if text is None else json.loads(text)
        except (ValueError, RecursionError):
            odd += 1
            continue
        if len(path) > MAX_DEPTH or nests_deeper(value, MAX_DEPTH - len(path)):
            odd += 1
            continue
        inner = config
        for part in path[:-1]:
            step = inner.setdefault(part, {})
            if not isinstance(step, dict):
                step = inner[part] = {}
            inner = step
        if text is None:
            inner.pop(path[-1], None)
        else:
            inner[path[-1]] = value
    return config, odd
