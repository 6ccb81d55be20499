"""Reading ahead finds what reading finds."""

import numpy as np
import pytest

import tachograph
from tachograph import RunNotFoundError
from tachograph.overview.columns import courses
from tachograph.overview.reading_ahead import ReadingAhead


def test_it_finds_what_reading_finds(recorder):
    recorder.log_steps(np.arange(5_000), {"loss": np.linspace(2, 1, 5_000)})
    recorder.log_epoch(0, 1.0)

    ahead = ReadingAhead(recorder.path)
    found = ahead.courses()
    with ahead.run() as run, tachograph.open(recorder.path) as other:
        expected = courses(other)
        assert (run.run_id, run.path, run.status) == (other.run_id, other.path, other.status)

    assert {table: list(of_table) for table, of_table in found.items()} == {
        table: list(of_table) for table, of_table in expected.items()
    }
    assert found["steps"]["loss"].means.tolist() == expected["steps"]["loss"].means.tolist()


def test_no_run(tmp_path):
    with pytest.raises(RunNotFoundError):
        ReadingAhead(tmp_path)


def test_what_ends_the_reading_is_raised(recorder, monkeypatch):
    def fail(_):
        raise MemoryError("no room")

    monkeypatch.setattr("tachograph.overview.reading_ahead.courses_of", fail)
    ahead = ReadingAhead(recorder.path)
    with pytest.raises(MemoryError, match="no room"):
        ahead.courses()
