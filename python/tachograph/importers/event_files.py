"""Event files of TensorBoard, read by the core; TensorBoard itself is not needed."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tachograph._core import EventFiles
from tachograph.exceptions import RunNotFoundError
from tachograph.export.target import checked_path
from tachograph.importers.import_report import ImportReport, counts_of
from tachograph.importers.new_run import new_run
from tachograph.importers.source_tree import EVENT_MARK, sources_at
from tachograph.records.exact_number import exact_float
from tachograph.records.experiment import Experiment
from tachograph.records.instants import moment_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["event_files_in", "import_tensorboard", "read_scalars"]

_NAMED = 5
_MICROS = 1e6


def event_files_in(log_dir: str | os.PathLike[str]) -> list[Path]:
    """The event files of a run, in the order in which TensorBoard reads them.

    Args:
        log_dir: A directory, whose files with ``tfevents`` in their names are meant, or one file.

    Returns:
        The files by name. Those in subdirectories are runs of their own and left out.

    Raises:
        RunNotFoundError: There is none; the message names subdirectories that have some, each a
            run of its own.
    """
    path = checked_path(log_dir, "log_dir")
    if path.is_file():
        return [path]
    if not path.exists():
        raise RunNotFoundError(f"no event file at {path}", path=path)
    files = sorted(file for file in path.iterdir() if EVENT_MARK in file.name and file.is_file())
    if not files:
        raise RunNotFoundError(f"no event file in {path}{_hint(_below(path))}", path=path)
    return files


def _below(log_dir: Path) -> list[Path]:
    """Directories below with event files, each a run of its own; some where not all can be read."""
    found: list[Path] = []
    # They are only told of: what has nothing to do with the run must not end its import.
    with suppress(OSError):
        found.extend(path for path in sources_at(log_dir, "tensorboard") if path != log_dir)
    return found


def _hint(below: list[Path]) -> str:
    if not below:
        return ""
    named = ", ".join(map(str, below[:_NAMED]))
    others = f" and {len(below) - _NAMED} others" if len(below) > _NAMED else ""
    return f"; there are some in {named}{others}: each is a run, and tacho import takes them all"


def import_tensorboard(
    log_dir: str | os.PathLike[str],
    dest: str | os.PathLike[str],
    *,
    merge_within_secs: float = 1.0,
    on_progress: Callable[[int], None] | None = None,
    one_of_many: bool = False,
) -> ImportReport:
    """Makes a run of the scalars of event files.

    Scalars become metrics of the steps, under their tags: those of both encodings of summaries, the
    older `simple_value` and tensors of the plugin `scalars`. Steps are kept, and values to the bit.
    Scalars that follow each other at one step are one row, whose wall time is that of the first of
    them. Hyperparameters become the configuration: ``model.x`` is `x` of the model's,
    ``training.x`` and all others belong to the training's. A session that goes on from an earlier
    step begins an attempt, so that what it makes void is hidden and kept.

    Args:
        log_dir: The directory that the writer was given, or one event file.
        dest: The directory of the new run, which must not exist.
        merge_within_secs: How far a scalar's wall time may lie from that of its row; one further
            away gets a row of its own, and with 0 every wall time is kept. To the microsecond, in
            any case.
        on_progress: Is told how many bytes were read so far, about each MiB.
        one_of_many: The runs below the directory are imported too, and are not counted as left out.

    Returns:
        What was read, and what was left out.

    Raises:
        ArgumentTypeError: An argument has the wrong type.
        RunNotFoundError: There is no event file; the message names subdirectories that have some.
        RunExistsError: There is something at `dest`.
        UnsupportedFormatError: None of the files holds an event.
        InvalidArgumentError: `merge_within_secs` is negative or no number.
        OSError: A file cannot be read or written.
    """
    source = checked_path(log_dir, "log_dir")
    files = event_files_in(source)
    others = [] if one_of_many or not source.is_dir() else _below(source)
    within = exact_float(merge_within_secs, "merge_within_secs")
    events = EventFiles([str(file) for file in files], merge_within_secs=within)
    with new_run(dest) as run:
        writer = run.writer
        while events.append_to(writer, on_progress):
            writer = run.begin_attempt()
        found = events.report
        if others:
            found["skipped"]["directories below, with event files of other runs"] = len(others)
        report = ImportReport(
            kind="tensorboard",
            source=source,
            path=run.path,
            **counts_of(found),
            files=found["files"],
            foreign_files=tuple(map(Path, found["foreign_files"])),
            wall_times_merged=found["wall_times_merged"],
            wall_time_moved_secs=found["wall_time_moved_micros"] / _MICROS,
            restarts=found["restarts"],
        )
        model, training = _configurations(found["hparams"])
        first = found["first_wall_micros"]
        experiment = Experiment(
            name=_name(source),
            run_id="",
            model_config=model,
            training_config=training,
            created=None if first is None else moment_of(first),
        )
        run.describe(experiment, report)
    return report


def read_scalars(
    log_dir: str | os.PathLike[str], *, merge_within_secs: float = 0.0
) -> dict[str, tuple[NDArray[np.int64], NDArray[np.int64], NDArray[Any]]]:
    """Reads the scalars of event files into memory, and makes no run.

    Args:
        log_dir: As in `import_tensorboard`.
        merge_within_secs: As in `import_tensorboard`; wall times are those of rows.

    Returns:
        For each tag the steps, the wall times in microseconds since 1970 UTC, and the values,
        float64 or, where all are integers, int64; each of shape (n,), in the order of the files.

    Raises:
        ArgumentTypeError: An argument has the wrong type.
        RunNotFoundError: There is no event file.
        UnsupportedFormatError: None of the files holds an event.
        OSError: A file cannot be read.
    """
    files = [str(file) for file in event_files_in(log_dir)]
    within = exact_float(merge_within_secs, "merge_within_secs")
    return EventFiles(files, merge_within_secs=within).columns()


def _name(source: Path) -> str:
    """The directory's name: files are called after the machine and the second."""
    directory = source.absolute().parent if source.is_file() else source.absolute()
    return directory.resolve().name


def _configurations(hparams: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    model: dict[str, Any] = {}
    training = {name: value for name, value in hparams.items() if not _is_model(name)}
    for name, value in hparams.items():
        if _is_model(name):
            model[name.removeprefix("model.")] = value
        elif (short := name.removeprefix("training.")) != name and short not in training:
            # Names that our own exports have put together.
            training[short] = training.pop(name)
    return model, training


def _is_model(name: str) -> bool:
    return name.startswith("model.")
