"""Every test here has a directory of its own."""

import pytest

from tachograph import TrainingRecorder


@pytest.fixture(autouse=True)
def _in_own_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def recorder():
    made = TrainingRecorder("experiment", {"layers": 2}, {"lr": 0.1}, capture_environment=False)
    yield made
    made.close()
