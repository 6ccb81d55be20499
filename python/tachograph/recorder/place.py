"""Where a run lies, and which run is meant."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from tachograph.exceptions import InvalidArgumentError, RunNotFoundError
from tachograph.recorder.directory_name import directory_name
from tachograph.recorder.environment_variables import run_id_from_environment, runs_directory
from tachograph.recorder.run_ids import LATEST, check_run_id, made_at, new_run_id
from tachograph.records.log_file import LOG_NAME

__all__ = ["DEFAULT_DIR", "DefaultDir", "Place", "Resume", "find_place", "has_log"]

Resume: TypeAlias = Literal["never", "allow", "must"]


class DefaultDir:
    """The type of `DEFAULT_DIR`: TACHO_DIR or ./runs, looked up when a recorder is made."""

    def __repr__(self) -> str:
        return "TACHO_DIR or ./runs"


DEFAULT_DIR = DefaultDir()


@dataclass(frozen=True, slots=True)
class Place:
    """Which run a recorder writes.

    Attributes:
        run_id: The run's id.
        directory: The run's directory; None for a run in memory.
        generated: Whether the id was made up, so that another one would do as well.
    """

    run_id: str
    directory: Path | None
    generated: bool


def find_place(
    experiment_name: str,
    base: str | os.PathLike[str] | DefaultDir | None,
    run_id: str | None,
    resume: Resume,
) -> Place:
    """Decides which run is meant.

    Args:
        experiment_name: The experiment.
        base: The directory of all runs; None for a run in memory.
        run_id: The run's id, ``"latest"``, or None for TACHO_RUN_ID or else a new one.
        resume: Whether the run may, must or must not exist.

    Returns:
        The place; nothing is made on the disk.

    Raises:
        InvalidArgumentError: The id is unusable, or the arguments contradict each other.
        RunNotFoundError: ``"latest"`` of an experiment without runs, where one must exist.
    """
    wanted = run_id if run_id is not None else run_id_from_environment()
    if base is None:
        return _place_in_memory(wanted, resume)
    root = runs_directory() if isinstance(base, DefaultDir) else Path(base)
    home = root.absolute() / directory_name(experiment_name)
    if wanted == LATEST:
        wanted = _latest(home, resume)
    if wanted is None and resume == "must":
        message = 'resume="must" needs a run_id= (or "latest", or TACHO_RUN_ID)'
        raise InvalidArgumentError(message, argument="run_id")
    chosen = new_run_id() if wanted is None else check_run_id(wanted)
    return Place(chosen, home / chosen, generated=wanted is None)


def has_log(directory: Path) -> bool:
    """Whether a run was begun in this directory."""
    return (directory / LOG_NAME).is_file()


def _place_in_memory(wanted: str | None, resume: Resume) -> Place:
    if resume == "must" or wanted == LATEST:
        message = "a recorder in memory (dir=None) has no earlier run to resume"
        raise InvalidArgumentError(message, argument="resume")
    chosen = new_run_id() if wanted is None else check_run_id(wanted)
    return Place(chosen, None, generated=wanted is None)


def _latest(home: Path, resume: Resume) -> str | None:
    if resume == "never":
        message = 'run_id="latest" means to resume: it needs resume="allow" or resume="must"'
        raise InvalidArgumentError(message, argument="resume")
    try:
        runs = [entry for entry in home.iterdir() if has_log(entry)]
    except OSError:
        runs = []
    if not runs and resume == "must":
        raise RunNotFoundError(f"no run to resume in {home}", path=home)
    return max(runs, key=_age_key).name if runs else None


def _age_key(run: Path) -> tuple[float, str]:
    """When a run was begun: its id says so, or else its log's last change comes nearest."""
    made = made_at(run.name)
    begun = (run / LOG_NAME).stat().st_mtime if made is None else made.timestamp()
    return begun, run.name
