"""Recorders to test, each below the test's own directory."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

import tachograph
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


@pytest.fixture(scope="session")
def damage_column() -> Callable[..., None]:
    """Spoils one column of a closed run's log, somewhere between its first row and its last."""

    def damage(path: Path, table: str, column: str) -> None:
        file = path / "run.tacho"
        whole = file.read_bytes()
        for at in range(0, len(whole), len(whole) // 60):
            spoilt = bytes(byte ^ 255 for byte in whole[at : at + 20])
            file.write_bytes(whole[:at] + spoilt + whole[at + 20 :])
            with tachograph.open(path) as run:
                labels, _ = run.history(column, table=table)
                ends = run._columns().index(table)[0][[0, -1]]
                for place in run._columns().report()["damage"]:
                    found = (place["table"], place["column"]) == (table, column)
                    if found and ends[0] < place["first_step"] <= place["last_step"] < ends[1]:
                        assert not any(
                            place["first_step"] <= label <= place["last_step"] for label in labels
                        )
                        return
        pytest.fail(f"no byte of {column} was found")

    return damage


@contextmanager
def _nobody(*paths: Path) -> Iterator[None]:
    """Without the rights of root, which may write anywhere; reads what lies at the paths."""
    user = os.geteuid()
    for path in paths:
        for above in (path, *path.parents):
            if "pytest-" in str(above):  # what pytest made is closed to others
                above.chmod(above.stat().st_mode | 0o055)
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)


@pytest.fixture
def nobody() -> Callable[..., AbstractContextManager[None]]:
    """Gives up the rights of root, which may read and write anything, for a while."""
    return _nobody
