"""Recorders, runs and paths are taken alike, and only what was opened here is closed here."""

import copy

import pytest

import tachograph
from tachograph import ArgumentTypeError, RunNotFoundError
from tachograph.curves import opened


@pytest.fixture
def recorder(make_recorder):
    recorder = make_recorder("first")
    recorder.log_epoch(3, 0.5)
    return recorder


def labels(sources):
    with opened(sources) as runs:
        return [run.epochs[0].epoch for run in runs]


def test_everything_that_is_a_run_is_taken(recorder, tmp_path):
    recorder.save(tmp_path / "record.json")
    recorder.export_to_pickle(tmp_path / "record.pkl")
    run = tachograph.open(recorder.path)

    sources = [
        recorder,
        run,
        recorder.path,
        str(recorder.path),
        copy.copy(recorder),
        tmp_path / "record.json",
        str(tmp_path / "record.pkl"),
    ]
    assert [labels(source) for source in sources] == [[3]] * len(sources)
    assert labels(sources) == [3] * len(sources)
    assert labels(iter(sources[:2])) == [3, 3]
    assert labels([]) == []


def test_what_was_given_open_stays_open(recorder):
    run = tachograph.open(recorder.path)
    with opened([recorder, run]):
        pass

    assert len(run.epochs) == 1
    recorder.log_epoch(4, 0.25)


def test_what_was_opened_here_is_closed(recorder):
    with opened(recorder.path) as (run,):
        assert len(run.epochs) == 1

    with pytest.raises(tachograph.RecorderClosedError):
        len(run.epochs)


@pytest.mark.parametrize("source", [None, 3, b"runs/first", [None], [["nested"]]])
def test_anything_else_is_refused(source):
    with pytest.raises(ArgumentTypeError, match="source must be a recorder, a run, the path"):
        labels(source)


def test_a_path_without_a_run_is_told(tmp_path):
    with pytest.raises(RunNotFoundError):
        labels(tmp_path / "nothing")
