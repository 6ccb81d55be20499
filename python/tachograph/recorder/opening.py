"""Opens or creates the log of a recorder."""

# ruff: noqa: SLF001 -- what the core's writer offers to the package is private to it

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from tachograph._core import Writer
from tachograph.exceptions import RunExistsError, RunNotFoundError
from tachograph.recorder.options import Options
from tachograph.recorder.place import Place
from tachograph.recorder.run_ids import new_run_id
from tachograph.records.experiment import Experiment

__all__ = ["continue_in_memory", "open_in_memory", "open_run", "resume_run"]

_TRIES = 4


def open_run(
    writer: Writer, place: Place, options: Options, experiment: Experiment
) -> tuple[Place, bool]:
    """Opens the run at a place as the options say, or creates it.

    Args:
        writer: The writer, empty so far.
        place: The run; with a directory.
        options: `resume` decides whether the run may exist.
        experiment: What a new run begins with; its `run_id` is replaced by the one used.

    Returns:
        The place, whose id may be another one where it was made up, and whether an earlier run
        is resumed.

    Raises:
        RunExistsError: The run exists and may not.
        RunNotFoundError: The run does not exist and must.
        RunLockedError: Another process writes it.
        OSError: The directory cannot be written.
    """
    if place.directory is not None and options.resume != "never":
        try:
            resume_run(writer, place.directory, place.run_id, options)
        except RunNotFoundError:
            if options.resume == "must":
                raise
        else:
            return place, True
    for tries_left in reversed(range(_TRIES)):
        try:
            _create(writer, place, options, experiment)
        except RunExistsError:
            # An id that was made up is taken by the rarest of chances: make up another one.
            if not (place.generated and tries_left and place.directory is not None):
                raise
            run_id = new_run_id()
            place = Place(run_id, place.directory.with_name(run_id), generated=True)
        else:
            return place, False
    raise AssertionError("the last try either returns or raises")


def resume_run(writer: Writer, directory: Path, run_id: str, options: Options) -> None:
    """Begins the next attempt of a run.

    Raises:
        RunNotFoundError: There is none.
        RunLockedError: Another process writes it.
    """
    writer._open(
        str(directory),
        run_id=run_id,
        create=False,
        durability=options.durability,
        sync_interval_secs=options.sync_interval_secs,
        on_error=options.on_error,
        mechanism=options.mechanism,
    )


def open_in_memory(writer: Writer, run_id: str, experiment: Experiment) -> None:
    """Opens a log that is nowhere on the disk."""
    writer._open(None, run_id=run_id, create=True, preamble={"experiment": experiment.to_record()})


def continue_in_memory(writer: Writer, file: Path, run_id: str) -> None:
    """Begins the next attempt of a self-contained log file, nowhere on the disk."""
    writer._open(str(file), run_id=run_id, create=False)


def _create(writer: Writer, place: Place, options: Options, experiment: Experiment) -> None:
    if place.directory is None:
        open_in_memory(writer, place.run_id, experiment)
        return
    fresh = not place.directory.exists()
    try:
        writer._open(
            str(place.directory),
            run_id=place.run_id,
            create=True,
            durability=options.durability,
            sync_interval_secs=options.sync_interval_secs,
            on_error=options.on_error,
            mechanism=options.mechanism,
            preamble={"experiment": {**experiment.to_record(), "run_id": place.run_id}},
        )
    except BaseException:
        if fresh:
            with suppress(OSError):  # it is not empty: then it is somebody else's by now
                place.directory.rmdir()
        raise
