"""Recorders to test, each below the test's own directory."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tachograph import TrainingRecorder


@pytest.fixture
def own_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The test's own directory, as the working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def make_recorder(own_directory: Path) -> Iterator[Callable[..., TrainingRecorder]]:
    """Makes recorders without environment capture and closes them at the end."""
    made: list[TrainingRecorder] = []

    def make(*args: Any, **options: Any) -> TrainingRecorder:
        recorder = TrainingRecorder(
            *(args or ("experiment",)), **{"capture_environment": False, **options}
        )
        made.append(recorder)
        return recorder

    yield make
    for recorder in made:
        recorder.close()


@pytest.fixture
def recorder(make_recorder: Callable[..., TrainingRecorder]) -> TrainingRecorder:
    """A recorder of a run on disk."""
    return make_recorder()


@pytest.fixture(params=["disk", "memory"])
def anywhere(
    request: pytest.FixtureRequest, make_recorder: Callable[..., TrainingRecorder]
) -> TrainingRecorder:
    """A recorder of a run on disk, and one in memory."""
    return make_recorder() if request.param == "disk" else make_recorder(dir=None)
