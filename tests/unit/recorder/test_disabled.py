import pytest

from tachograph import TrainingRecorder


@pytest.mark.parametrize("value", ["1", "true", "YES", "on"])
def test_a_disabled_recorder_takes_everything_and_keeps_nothing(value, tmp_path, monkeypatch):
    monkeypatch.setenv("TACHO_DISABLED", value)

    with TrainingRecorder("b", {"a": 1}) as recorder:
        recorder.log_step(0, {"loss": 1.0})
        recorder.log_step(loss=1.0)
        recorder.log_steps([0, 1], {"loss": [1.0, 2.0]})
        recorder.log_epoch(0, 1.0, 0.5, {"mae": 1.0})
        recorder.early_stopping_info = {"patience": 1}
        recorder.early_stopping_info["patience"] = 2
        recorder.sync()

    assert not list(tmp_path.iterdir())
    assert recorder.path is None
    assert len(recorder.epochs) == 0
    assert recorder.status.rows == 0
    assert recorder.status.mechanism == "disabled"
    assert recorder.early_stopping_info == {"patience": 2}
    assert recorder.get_training_summary() == {}


@pytest.mark.parametrize("value", ["", "0", "false", "no"])
def test_other_values_do_not_disable(value, make_recorder, monkeypatch):
    monkeypatch.setenv("TACHO_DISABLED", value)
    recorder = make_recorder()
    recorder.log_epoch(0, 1.0)

    assert len(recorder.epochs) == 1


def test_a_loaded_run_is_not_written_to_either(recorder, monkeypatch):
    recorder.log_epoch(0, 1.0)
    recorder.close()
    monkeypatch.setenv("TACHO_DISABLED", "1")

    loaded = TrainingRecorder.load(recorder.path)
    loaded.log_epoch(1, 1.0)
    loaded.log_step(0, {"a": 1.0})

    assert len(loaded.epochs) == 1
    assert len(loaded.attempts) == 1
