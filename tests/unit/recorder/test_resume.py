"""A run is resumed only when asked; nothing of it is overwritten."""

import pytest

import tachograph
from tachograph import (
    InvalidArgumentError,
    RunExistsError,
    RunLockedError,
    RunNotFoundError,
    TrainingRecorder,
)


@pytest.fixture
def first(make_recorder):
    with make_recorder("b", {"layers": 3}, run_id="r1") as recorder:
        for epoch in range(3):
            recorder.log_step(epoch * 10, {"loss": 1.0})
            recorder.log_epoch(epoch, 1.0 - epoch / 10)
        recorder.early_stopping_info = {"patience": 5}
    return recorder


def test_never_refuses_an_existing_run(first, make_recorder):
    with pytest.raises(RunExistsError, match="r1"):
        make_recorder("b", run_id="r1")

    assert len(tachograph.open(first.path).epochs) == 3


@pytest.mark.parametrize("resume", ["allow", "must"])
def test_a_resumed_run_goes_on(first, make_recorder, resume):
    recorder = make_recorder("b", run_id="r1", resume=resume)
    recorder.log_epoch(3, 0.5)
    recorder.close()

    run = tachograph.open(first.path)
    assert recorder.path == first.path
    assert [epoch.epoch for epoch in run.epochs] == [0, 1, 2, 3]
    assert len(run.attempts) == 2
    assert recorder.start_time == first.start_time == run._experiment_record().created
    assert recorder.model_config == {"layers": 3}
    assert recorder.early_stopping_info == {"patience": 5}


def test_allow_begins_a_run_that_does_not_exist(make_recorder):
    recorder = make_recorder("b", run_id="new", resume="allow")

    assert recorder.path.is_dir()
    assert len(recorder.attempts) == 1


def test_must_refuses_a_run_that_does_not_exist(tmp_path):
    with pytest.raises(RunNotFoundError):
        TrainingRecorder("b", run_id="none", resume="must")
    assert not list(tmp_path.rglob("none"))


def test_must_without_an_id_says_what_is_missing():
    with pytest.raises(InvalidArgumentError, match="run_id"):
        TrainingRecorder("b", resume="must")


def test_a_replaced_stretch_is_hidden_and_kept(first, make_recorder):
    recorder = make_recorder("b", run_id="r1", resume="must")
    recorder.log_epoch(1, 0.7)
    recorder.log_epoch(2, 0.6)

    assert [(epoch.epoch, epoch.train_loss) for epoch in recorder.epochs] == [
        (0, 1.0),
        (1, 0.7),
        (2, 0.6),
    ]


def test_the_best_of_hidden_epochs_does_not_count(first, make_recorder):
    recorder = make_recorder("b", run_id="r1", resume="must")
    recorder.log_epoch(1, 0.95)  # worse than the hidden 0.9 and 0.8, better than 1.0

    assert recorder.epochs[-1].is_best is True
    assert recorder.best_epoch == 1


def test_the_best_of_visible_epochs_counts(first, make_recorder):
    recorder = make_recorder("b", run_id="r1", resume="must")
    recorder.log_epoch(3, 0.85)

    assert recorder.epochs[-1].is_best is False
    assert recorder.best_epoch == 2


def test_repeating_an_epoch_in_a_new_attempt_is_no_duplicate(first, make_recorder):
    recorder = make_recorder("b", run_id="r1", resume="must", on_duplicate="error")
    recorder.log_epoch(2, 0.5)

    with pytest.raises(InvalidArgumentError, match="epoch 2"):
        recorder.log_epoch(2, 0.5)


def test_a_new_configuration_replaces_the_old_one(first, make_recorder):
    with make_recorder("b", {"layers": 4}, run_id="r1", resume="must") as recorder:
        assert recorder.model_config == {"layers": 4}

    run = tachograph.open(first.path)
    assert run.model_config == {"layers": 4}
    assert run.run_id == "r1"


def test_latest_is_the_newest_run_with_a_log(tmp_path, make_recorder):
    for _ in range(3):
        with make_recorder("b") as recorder:
            recorder.log_epoch(0, 1.0)
    (tmp_path / "runs" / "b" / "99999999-999999-999999-aaaaaaaa").mkdir()

    resumed = make_recorder("b", run_id="latest", resume="must")

    assert resumed.run_id == recorder.run_id


def test_latest_of_nothing(make_recorder):
    with pytest.raises(RunNotFoundError):
        make_recorder("b", run_id="latest", resume="must")
    recorder = make_recorder("b", run_id="latest", resume="allow")

    assert recorder.run_id != "latest"
    assert len(recorder.attempts) == 1


def test_latest_must_be_meant(first, make_recorder):
    with pytest.raises(InvalidArgumentError, match="resume"):
        make_recorder("b", run_id="latest")


def test_latest_by_variable(first, make_recorder, monkeypatch):
    monkeypatch.setenv("TACHO_RUN_ID", "latest")

    assert make_recorder("b", resume="allow").run_id == "r1"


def test_a_second_writer_is_refused(make_recorder):
    make_recorder("b", run_id="r1")

    with pytest.raises(RunLockedError):
        make_recorder("b", run_id="r1", resume="must")


def test_memory_has_nothing_to_resume(make_recorder):
    with pytest.raises(InvalidArgumentError, match="resume"):
        make_recorder(dir=None, run_id="r", resume="must")
    with pytest.raises(InvalidArgumentError, match="resume"):
        make_recorder(dir=None, run_id="latest", resume="allow")


def test_two_new_runs_never_share_a_directory(make_recorder):
    recorders = [make_recorder("b") for _ in range(5)]

    assert len({recorder.path for recorder in recorders}) == 5
