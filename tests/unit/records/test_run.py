import json
import pickle
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

import tachograph
from tachograph import (
    ArgumentTypeError,
    InvalidArgumentError,
    RecorderClosedError,
    Run,
    RunNotFoundError,
    UnknownMetricError,
)


@pytest.fixture
def run(make_recorder):
    recorder = make_recorder("öl/tank", {"layers": [1, 2]}, {"lr": 0.1}, run_id="r1")
    for step in range(10):
        recorder.log_step(step, {"loss": 1.0 / (step + 1), "count": step})
    recorder.log_epoch(1, 1.0, 0.5, {"mae": 2.0}, {"mae": 3.0, "a/b": 1}, 0.1, 60.0)
    recorder.log_epoch(2, 0.9, None, {"mae": 2.0})
    recorder.close()
    return tachograph.open(recorder.path)


def test_it_says_what_it_is_about(run):
    assert run.experiment_name == "öl/tank"
    assert run.run_id == "r1"
    assert run.model_config == {"layers": [1, 2]}
    assert run.training_config == {"lr": 0.1}
    assert run.environment == {}
    assert run.metrics == ["loss", "count"]
    assert "r1" in repr(run)


def test_a_run_stays_the_same_when_the_working_directory_changes(run, tmp_path, monkeypatch):
    monkeypatch.chdir(run.path.parent)
    opened = tachograph.open(run.path.name)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")

    assert opened.path == Path(run.path.name)
    assert len(opened.history("loss")[0]) == 10
    assert (opened.status.state, opened.findings()) == ("closed", [])
    assert len(pickle.loads(pickle.dumps(opened)).steps) == 10


def test_history_of_a_step_metric(run):
    steps, loss = run.history("loss")

    np.testing.assert_array_equal(steps, np.arange(10))
    np.testing.assert_array_equal(loss, 1.0 / np.arange(1, 11))
    assert (steps.dtype, loss.dtype) == (np.int64, np.float64)
    with pytest.raises(ValueError, match="read-only"):
        loss[0] = 1.0


def test_integers_come_back_as_integers(run):
    assert run.history("count")[1].dtype == np.int64


@pytest.mark.parametrize(
    ("name", "labels", "values"),
    [
        ("train_loss", [1, 2], [1.0, 0.9]),
        ("val_loss", [1], [0.5]),
        ("train/mae", [1, 2], [2.0, 2.0]),
        ("val/mae", [1], [3.0]),
        ("val/a/b", [1], [1]),
        ("is_best", [1, 2], [1, 0]),
    ],
)
def test_history_of_an_epoch_column(run, name, labels, values):
    found_labels, found = run.history(name, table="epochs")

    assert (found_labels.tolist(), found.tolist()) == (labels, values)


@pytest.mark.parametrize(
    ("name", "table", "said"),
    [
        ("los", "steps", "near names: 'loss'"),
        ("LOSS", "steps", "near names: 'loss'"),
        ("nothing like it", "steps", "there are: 'loss', 'count'"),
        ("mae", "steps", r"history\('train/mae', table='epochs'\)"),
        ("mae", "epochs", "near names: 'train/mae'"),
        ("count", "epochs", r"history\('count', table='steps'\)"),
        ("test/mae", "epochs", "no metric 'test/mae' in epochs"),
    ],
)
def test_an_unknown_metric_lists_near_names(run, name, table, said):
    with pytest.raises(UnknownMetricError, match=said) as caught:
        run.history(name, table=table)

    assert caught.value.metric == name
    assert isinstance(caught.value, KeyError)


def test_a_metric_of_other_values_is_said_to_be_so(recorder):
    recorder.log_epoch(0, 1.0, train_metrics={"confusion": np.eye(2)})

    with pytest.raises(UnknownMetricError, match="no numbers"):
        tachograph.open(recorder.path).history("train/confusion", table="epochs")


def test_arguments_are_checked(run):
    with pytest.raises(InvalidArgumentError, match="epochz"):
        run.history("loss", table="epochz")
    with pytest.raises(ArgumentTypeError):
        run.history(3)
    with pytest.raises(ArgumentTypeError):
        tachograph.open(3)


def test_a_run_without_rows_has_no_metrics(recorder):
    run = tachograph.open(recorder.path)

    assert run.metrics == []
    assert len(run.steps) == len(run.epochs) == 0
    assert run.get_training_summary() == {}
    assert run.best_epoch is None
    with pytest.raises(KeyError, match="nothing is recorded"):
        run.history("loss")


def test_nothing_there(tmp_path):
    with pytest.raises(RunNotFoundError):
        tachograph.open(tmp_path / "none")
    with pytest.raises(FileNotFoundError):
        tachograph.open(str(tmp_path))


def test_a_directory_of_runs_is_none_and_the_message_names_some(tmp_path):
    for n in range(5):
        tachograph.TrainingRecorder("x", dir=tmp_path / "runs", run_id=f"r{n}").close()
    for place in (tmp_path / "runs", tmp_path / "runs" / "x"):
        with pytest.raises(
            RunNotFoundError, match=r"there are runs below it: .*x.r\d, .*, \.\.\.$"
        ):
            tachograph.open(place)
    with pytest.raises(RunNotFoundError) as none:
        tachograph.open(tmp_path)
    assert "below" not in str(none.value)


def test_status_while_it_runs_and_after(recorder):
    recorder.log_step(0, {"a": 1.0})
    recorder.log_epoch(0, 1.0)
    run = tachograph.open(str(recorder.path))

    running = run.status
    recorder.close()
    closed = run.status

    assert (running.state, running.rows, running.steps, running.epochs) == ("running", 2, 1, 1)
    assert running.holder is not None
    assert (closed.state, closed.holder, closed.damaged) == ("closed", None, False)
    assert closed.bytes > 0


def test_attempts_are_dated_in_utc(make_recorder):
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    with make_recorder(run_id="r") as recorder:
        recorder.log_step(3, {"a": 1.0})
    with make_recorder(run_id="r", resume="must") as recorder:
        recorder.log_step(4, {"a": 1.0})
        first, second = tachograph.open(recorder.path).attempts

    assert before <= first.started <= first.ended <= second.started
    assert second.ended is None
    assert first.started.tzinfo is UTC
    assert (first.closed, second.closed) == (True, False)
    assert (first.first_step, first.last_step, first.rows) == (3, 3, 1)


def test_it_is_live(recorder):
    run = tachograph.open(recorder.path)
    for step in range(3):
        recorder.log_step(step, {"loss": float(step)})
        assert run.history("loss")[1].tolist() == list(range(step + 1))


def test_follow_gives_every_row_and_ends_with_the_writer(recorder):
    recorder.log_step(0, {"a": 0.0})
    followed = tachograph.open(recorder.path).follow(poll_secs=0.01)
    assert next(followed).step == 0

    def go_on():
        for step in range(1, 2000):
            recorder.log_step(step, {"a": float(step)})
        recorder.close()

    thread = threading.Thread(target=go_on)
    thread.start()
    rest = [record.step for record in followed]
    thread.join()

    assert rest == list(range(1, 2000))


def test_a_closed_run_says_so(run):
    with run:
        pass

    run.close()
    with pytest.raises(RecorderClosedError):
        _ = run.metrics
    assert "closed" in repr(run)


def test_a_run_saves_as_its_recorder_does(run, tmp_path):
    run.save(tmp_path / "deep" / "record.json")

    content = json.loads((tmp_path / "deep" / "record.json").read_text())
    assert content["experiment_name"] == "öl/tank"
    assert [epoch["epoch"] for epoch in content["epochs"]] == [1, 2]


def test_steps_go_to_csv_and_json(run, tmp_path):
    run.export_to_csv(tmp_path / "steps.csv", table="steps")
    run.export_to_json(tmp_path / "steps.json", table="steps")

    assert (tmp_path / "steps.csv").read_text().startswith("step,attempt,wall_time,loss,count")
    content = json.loads((tmp_path / "steps.json").read_text())
    assert content["steps"]["metrics"]["count"] == list(range(10))
    with pytest.raises(InvalidArgumentError):
        run.export_to_csv(tmp_path / "x.csv", table="weights")


def test_opening_by_class_or_function_is_the_same(run):
    assert Run(run.path).metrics == run.metrics
