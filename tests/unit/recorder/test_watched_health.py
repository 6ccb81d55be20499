"""A training whose health is watched: told, recorded, kept."""

import math
import subprocess
import sys
import threading

import numpy as np
import pytest

import tachograph
from tachograph import HealthError, HealthWarning, TrainingRecorder
from tachograph.exceptions import ArgumentTypeError, InvalidArgumentError
from tachograph.health import Finding


@pytest.fixture
def make(tmp_path):
    def make(**options):
        return TrainingRecorder("watched", dir=tmp_path, capture_environment=False, **options)

    return make


def recorded(path):
    records = tachograph.open(path)._columns().records()
    return [value for key, value in records.items() if key.startswith("finding/")]


def test_without_on_finding_nothing_is_watched(make):
    with make() as recorder:
        recorder.log_step(0, {"loss": math.nan})

        assert not recorder._has_findings
    assert recorded(recorder.path) == []


def test_a_function_is_told_at_the_call_that_shows_it(make):
    told = []
    with make(on_finding=told.append) as recorder:
        for step in range(10):
            recorder.log_step(step, {"loss": 0.5 if step < 7 else math.nan, "lr": 0.1})
            assert len(told) == (step >= 7)

    (finding,) = told
    assert isinstance(finding, Finding)
    assert (finding.code, finding.step) == ("not_finite", 7)
    (record,) = recorded(recorder.path)
    assert Finding.from_record(record).message == finding.message
    assert record["attempt"] == 1


def test_warn_names_the_line_that_logs(make):
    with make(on_finding="warn") as recorder:
        with pytest.warns(HealthWarning, match="loss is nan|loss is NaN") as caught:
            recorder.log_step(loss=math.nan)
        with pytest.warns(HealthWarning, match="train_loss|val_loss") as of_epoch:
            recorder.log_epoch(0, train_loss=0.5, val_loss=math.inf)

    assert [one.filename for one in (*caught, *of_epoch)] == [__file__] * 2


def test_raise_comes_after_the_row_is_kept(make):
    with make(on_finding="raise") as recorder:
        with pytest.raises(HealthError, match="not_finite") as caught:
            recorder.log_step(3, {"loss": math.nan})
        assert caught.value.finding.step == 3
        with pytest.raises(HealthError):
            recorder.log_epoch(1, train_loss=0.5, val_loss=math.nan)
        recorder.log_step(4, {"loss": math.nan})  # the same trouble is not told again

    run = tachograph.open(recorder.path)
    assert (len(run.steps), len(run.epochs)) == (2, 1)
    assert len(recorded(recorder.path)) == 2


def test_a_note_is_only_warned_of(make):
    losses = [1.0 + 0.5**epoch for epoch in range(40)]

    def train(recorder):
        for epoch, loss in enumerate(losses):
            recorder.log_epoch(epoch, train_loss=loss)

    with make(on_finding="raise") as recorder, pytest.warns(HealthWarning, match="plateau"):
        train(recorder)


def test_many_rows_at_once_are_watched(make):
    told = []
    norms = np.ones(100)
    norms[60:] = 1e4
    with make(on_finding=told.append) as recorder:
        recorder.log_steps(range(100), {"grad_norm": norms})

    assert [(one.code, one.step) for one in told] == [
        ("gradient_spike", 60),
        ("exploding_gradients", 64),
    ]


def test_what_a_late_row_shows_is_told_by_the_next_call(make):
    told = []
    with make(on_finding=told.append) as recorder:
        recorder.log_step(0, {"loss": 0.5})
        recorder._log_late(0, 1_700_000_000_000_000, {"grad_norm": math.nan})
        recorder.log_step(1, {"loss": 0.5})

    assert [(one.metric, one.step) for one in told] == [("grad_norm", 0)]


def test_integers_and_gaps_are_watched(make):
    told = []
    with make(on_finding=told.append) as recorder:
        for step in range(10):
            recorder.log_step(step, {"grad_norm": 1000, "loss": None})

    assert [one.code for one in told] == ["exploding_gradients"]


def test_a_function_may_log_and_may_raise(make):
    def log_it(finding):
        recorder.log_step(finding.step, {"restarts": 1})
        raise KeyError(finding.code)

    with make(on_finding=log_it) as recorder:
        with pytest.raises(KeyError, match="not_finite"):
            recorder.log_step(5, {"loss": math.nan})
        assert [dict(one.metrics).get("restarts") for one in recorder.steps] == [1]


def test_parameters_can_be_given_later(make):
    told = []
    with make() as recorder:
        recorder.watch_health(told.append, thresholds={"exploding_gradients": 5})
        for step in range(10):
            recorder.log_step(step, grad_norm=6.0)

    assert [(one.code, one.threshold) for one in told] == [("exploding_gradients", 5.0)]


def test_arguments_are_checked(make):
    with pytest.raises(ArgumentTypeError, match="on_finding"):
        make(on_finding="shout")
    with make() as recorder:
        with pytest.raises(InvalidArgumentError, match="exploding"):
            recorder.watch_health(thresholds={"exploding": 5})
        with pytest.raises(ArgumentTypeError, match="on_finding"):
            recorder.watch_health(3)


def test_a_resumed_run_knows_its_epochs_and_does_not_tell_them_again(make):
    told = []
    with make(on_finding=told.append) as recorder:
        for epoch in range(6):
            recorder.log_epoch(epoch, train_loss=1.0, gradient_norm=200.0)
    assert [one.code for one in told] == ["exploding_gradients"]

    options = {"run_id": recorder.run_id, "resume": "must", "on_finding": told.append}
    with make(**options) as again:
        again.log_epoch(6, train_loss=1.0, gradient_norm=200.0)
        assert len(told) == 1
        again.log_epoch(7, train_loss=1.0, gradient_norm=90_000.0)

    assert [one.code for one in told] == ["exploding_gradients", "gradient_spike"]
    assert [record["attempt"] for record in recorded(recorder.path)] == [1, 2]


def test_a_finished_run_meets_what_was_told(make):
    told = []
    with make(on_finding=told.append) as recorder:
        for epoch in range(12):
            for at in range(50):
                step = epoch * 50 + at
                loss = 0.5 + 1.0 / (step + 1) + 0.01 * (step % 7)
                recorder.log_step(step, {"loss": loss if step < 400 else math.nan})
                norm = 1.0 + 0.1 * (step % 5) if step < 380 else 1e3
                recorder._log_late(step, 1_700_000_000_000_000, {"grad_norm": norm})
            recorder.log_epoch(epoch, train_loss=loss, val_loss=math.inf if epoch == 9 else 1.0)
        live = recorder._columns().health()

    reader = tachograph.open(recorder.path)._columns()
    # As text, because what is not finite is a NaN that equals nothing.
    expected = [repr(one) for one in told]
    assert [repr(Finding.from_record(one)) for one in live] == expected
    assert [repr(Finding.from_record(one)) for one in reader.health()] == expected
    assert len(told) >= 3
    assert reader.health({"gradient_spike": math.inf, "exploding_gradients": math.inf}) != live


def test_findings_survive_a_kill(tmp_path):
    program = (
        "import math, os, sys\n"
        "from tachograph import TrainingRecorder\n"
        "recorder = TrainingRecorder('killed', dir=sys.argv[1], run_id='one', on_finding=print)\n"
        "recorder.log_step(0, {'loss': math.nan})\n"
        "os.kill(os.getpid(), 9)\n"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False)

    (record,) = recorded(tmp_path / "killed" / "one")
    assert record["code"] == "not_finite"


def test_many_threads_are_told_each_finding_once(make):
    told = []
    with make(on_finding=told.append) as recorder:

        def log(thread):
            for step in range(200):
                recorder.log_step(step, {f"loss_{thread}": math.nan if step >= 50 else 1.0})

        threads = [threading.Thread(target=log, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        recorder.log_step(200, {"other": 1.0})  # whoever met the last may have left it

    assert sorted(one.metric for one in told) == [f"loss_{number}" for number in range(4)]


def test_a_disabled_recorder_tells_nothing(make, monkeypatch):
    monkeypatch.setenv("TACHO_DISABLED", "1")
    told = []
    with make(on_finding=told.append) as recorder:
        recorder.log_step(0, {"loss": math.nan})
        recorder.log_epoch(0, train_loss=math.nan)

    assert told == []
