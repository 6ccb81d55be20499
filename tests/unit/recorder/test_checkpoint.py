"""Copies and pickles of recorders, and going on at a checkpoint."""

import copy
import pickle
import sys
import threading

import pytest

import tachograph
from tachograph import (
    InvalidArgumentError,
    RecorderClosedError,
    RecorderReference,
    RunNotFoundError,
    TrainingRecorder,
    UnsupportedFormatError,
)


def steps_of(run):
    return run.history("loss")[0].tolist()


def copies(recorder):
    return [copy.copy(recorder), copy.deepcopy(recorder), pickle.loads(pickle.dumps(recorder))]


def test_a_copy_reads_the_run_while_the_recorder_goes_on(make_recorder):
    recorder = make_recorder("name", {"n": 1})
    recorder.log_step(0, loss=1.0)
    for reference in copies(recorder):
        assert isinstance(reference, RecorderReference)
        assert (reference.run_id, reference.path) == (recorder.run_id, recorder.path)
        assert 1 <= reference.position.rows <= recorder.status.rows
        recorder.log_step(None, loss=1.0)
        assert steps_of(reference) == steps_of(tachograph.open(recorder.path))
        assert reference.model_config == {"n": 1}
        assert reference.status.state == "running"
        for log in (reference.log_step, reference.log_steps, reference.log_epoch):
            with pytest.raises(RecorderClosedError, match="copy"):
                log(1, {"loss": 1.0})
        again = pickle.loads(pickle.dumps(reference))
        assert again.state_dict() == reference.state_dict()
    assert recorder.status.rows == 4


def test_a_copy_holds_no_rows_of_a_run_on_disk(make_recorder):
    recorder = make_recorder("name")
    before = len(pickle.dumps(recorder))
    recorder.log_steps(None, {"loss": [0.5] * 100_000})

    assert len(pickle.dumps(recorder)) < before + 10
    assert before < 1000


def test_a_copy_of_a_recorder_in_memory_carries_its_rows():
    recorder = TrainingRecorder("name", dir=None)
    recorder.log_steps(None, {"loss": [float(n) for n in range(100_000)]})
    recorder.log_epoch(3, 0.5, 0.25)
    for reference in copies(recorder):
        assert reference.path is None
        assert steps_of(reference) == list(range(100_000))
        assert reference.epochs == list(recorder.epochs)
        assert reference.status.state == "packed"
        assert "in memory" in repr(reference)


def test_the_log_in_memory_is_not_a_part_of_what_a_position_shows():
    recorder = TrainingRecorder("name", dir=None, capture_environment=False)
    recorder.log_steps(None, {"loss": [float(n) for n in range(10_000)]})

    shown = repr(copy.copy(recorder).position)

    assert "rows=10000" in shown
    assert len(shown) < 300


def test_a_copy_of_a_recorder_in_memory_needs_no_working_directory(tmp_path, monkeypatch):
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    with TrainingRecorder("memory", dir=None, capture_environment=False) as recorder:
        recorder.log_step(0, loss=1.0)
        here.rmdir()
        assert copy.copy(recorder).steps[0].metrics == {"loss": 1.0}
        assert pickle.loads(pickle.dumps(recorder)).steps[0].metrics == {"loss": 1.0}


def test_a_reference_to_what_is_gone_is_pickled_and_says_so_when_read(make_recorder, tmp_path):
    recorder = make_recorder("name")
    recorder.close()
    reference = pickle.loads(pickle.dumps(recorder))
    recorder.path.rename(tmp_path / "elsewhere")

    assert reference.run_id == recorder.run_id
    with pytest.raises(RunNotFoundError):
        _ = reference.metrics


def test_a_run_is_pickled_by_its_path(make_recorder):
    recorder = make_recorder("name")
    recorder.log_step(0, loss=1.0)
    run = tachograph.open(recorder.path)

    assert steps_of(pickle.loads(pickle.dumps(run))) == steps_of(copy.deepcopy(run)) == [0]


def checkpoint(make_recorder, last, then):
    """A crashed run: logged up to `last`, a checkpoint, then more; and the checkpoint."""
    recorder = make_recorder("name", {"n": 1})
    recorder.log_steps(range(last + 1), {"loss": [0.5] * (last + 1)})
    recorder.log_epoch(0, 1.0, 0.9)
    state = recorder.state_dict()
    recorder.log_steps(range(last + 1, then + 1), {"loss": [9.0] * (then - last)})
    recorder.log_epoch(1, 9.0, 9.0)
    recorder.close()
    return recorder, state


def test_a_checkpoint_is_gone_on_with(make_recorder):
    first, state = checkpoint(make_recorder, 9, 19)
    recorder = make_recorder("name", {"n": 2})
    given_up = recorder.path

    recorder.load_state_dict(state)

    assert not given_up.exists()
    assert (recorder.run_id, recorder.path) == (first.run_id, first.path)
    recorder.log_step(None, loss=0.25)
    recorder.log_epoch(1, 0.5, 0.4)
    run = tachograph.open(recorder.path)
    assert steps_of(run) == list(range(11))
    assert run.history("loss")[1][-1] == 0.25
    assert [epoch.train_loss for epoch in recorder.epochs] == [1.0, 0.5]
    assert [attempt.rows for attempt in run.attempts] == [22, 2]
    assert (run.model_config, recorder.best_epoch) == ({"n": 2}, 1)
    recorder.close()
    assert recorder.close()
    assert tachograph.open(recorder.path).status.state == "closed"


def test_a_checkpoint_is_gone_back_to_in_the_same_recorder(make_recorder):
    for options in ({}, {"dir": None}):
        recorder = make_recorder("name", **options)
        recorder.log_steps(range(5), {"loss": [0.5] * 5})
        state = recorder.state_dict()
        recorder.load_state_dict(state)  # nothing came after it
        recorder.log_steps(None, {"loss": [9.0] * 5})

        recorder.load_state_dict(state)
        recorder.log_step(None, loss=0.25)

        reference = copy.copy(recorder)
        assert reference.history("loss")[1].tolist() == [0.5] * 5 + [0.25]
        assert len(recorder.attempts) == 2


def test_a_run_in_memory_goes_on_in_memory_only(make_recorder):
    first = TrainingRecorder("name", dir=None)
    first.log_steps(range(3), {"loss": [1.0, 2.0, 3.0]})
    state = first.state_dict()
    second = TrainingRecorder("name", dir=None)

    second.load_state_dict(state)
    second.log_step(None, loss=4.0)

    assert steps_of(copy.copy(second)) == [0, 1, 2, 3]
    with pytest.raises(InvalidArgumentError, match="dir=None"):
        make_recorder("name").load_state_dict(state)


def test_a_moved_run_is_found_beside_the_recorders_own(make_recorder, tmp_path):
    first, state = checkpoint(make_recorder, 3, 4)
    home = tmp_path / "moved" / "name"
    home.mkdir(parents=True)
    first.path.rename(home / first.run_id)
    recorder = make_recorder("name", dir=tmp_path / "moved")

    recorder.load_state_dict(state)

    assert recorder.path == home / first.run_id
    lost = make_recorder("name")
    with pytest.raises(RunNotFoundError, match=first.run_id):
        lost.load_state_dict(state)
    lost.log_step(0, loss=1.0)  # it still records its own run
    assert steps_of(tachograph.open(lost.path)) == [0]


def test_a_recorder_with_rows_takes_no_other_run(make_recorder):
    _, state = checkpoint(make_recorder, 3, 4)
    recorder = make_recorder("name")
    recorder.log_step(0, loss=1.0)

    with pytest.raises(InvalidArgumentError, match="before anything is logged"):
        recorder.load_state_dict(state)
    recorder.close()
    with pytest.raises(RecorderClosedError):
        recorder.load_state_dict(recorder.state_dict())


def test_a_loaded_run_has_a_position_too(make_recorder):
    first, state = checkpoint(make_recorder, 3, 4)
    loaded = TrainingRecorder.load(first.path)

    assert loaded.state_dict() == {**state, "attempt": 0, "rows": 0, "next_step": 5}
    loaded.load_state_dict(state)
    loaded.log_step(None, loss=0.0)
    assert steps_of(tachograph.open(first.path)) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (None, "state_dict"),
        ({"format": "x"}, "state_dict"),
        ({"run_id": 3}, "run_id"),
        ({"next_step": None}, "next_step"),
        ({"log": "text"}, "log"),
    ],
)
def test_what_is_no_state_is_refused(make_recorder, change, said):
    recorder = make_recorder("name")
    state = None if change is None else {**recorder.state_dict(), **change}

    with pytest.raises(InvalidArgumentError, match=said) as caught:
        recorder.load_state_dict(state)

    assert caught.value.argument == "state"


def test_a_newer_state_asks_for_a_newer_release(make_recorder):
    recorder = make_recorder("name")

    with pytest.raises(UnsupportedFormatError, match="99"):
        recorder.load_state_dict({**recorder.state_dict(), "format": 99})


def test_a_disabled_recorder_takes_part_in_checkpoints(make_recorder, monkeypatch):
    monkeypatch.setenv("TACHO_DISABLED", "1")
    recorder = make_recorder("name")
    recorder.log_step(0, loss=1.0)
    state = recorder.state_dict()
    recorder.load_state_dict(state)
    copy.deepcopy(recorder)
    monkeypatch.delenv("TACHO_DISABLED")

    with pytest.raises(RunNotFoundError, match="disabled"):
        make_recorder("name").load_state_dict(state)


def test_another_thread_may_look_while_a_checkpoint_is_loaded(anywhere):
    anywhere.log_step(0, loss=1.0)
    state = anywhere.state_dict()
    errors, done = [], threading.Event()

    def look():
        while not done.is_set():
            try:
                anywhere._columns().length("steps")
            except Exception as error:  # noqa: BLE001 -- whatever it is
                errors.append(error)

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    thread = threading.Thread(target=look)
    thread.start()
    try:
        for _ in range(60):
            anywhere.log_step(None, loss=1.0)
            anywhere.load_state_dict(state)
    finally:
        done.set()
        thread.join()
        sys.setswitchinterval(before)

    assert errors == []
    anywhere.log_step(None, loss=1.0)
    assert anywhere._columns().length("steps") == 2
