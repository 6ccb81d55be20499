"""The findings of runs and recorders: what was recorded and what is found again, once each."""

import os
import signal
import subprocess
import sys
import warnings

import numpy as np
import pytest

import tachograph
from tachograph import TrainingRecorder
from tachograph.exceptions import HealthError, HealthWarning, InvalidArgumentError
from tachograph.health import HealthReport


def log(recorder, *, norm=1.0, loss=0.5, steps=range(60)):
    for step in steps:
        recorder.log_step(step, {"loss": loss, "grad_norm": norm})


@pytest.fixture
def exploded(tmp_path):
    """A closed run that nobody watched, of a gradient that explodes and a loss that is NaN."""
    with TrainingRecorder("exploded", dir=tmp_path) as recorder:
        log(recorder)
        log(recorder, norm=1000.0, steps=range(60, 80))
        recorder.log_step(80, {"loss": float("nan")})
    return recorder


def test_a_run_that_nobody_watched_has_its_findings(exploded):
    report = tachograph.open(exploded.path).health

    assert [(one.code, one.step) for one in report if one.severity == "error"] == [
        ("exploding_gradients", 64),
        ("not_finite", 80),
    ]
    assert report == exploded.health
    assert not report.ok


def test_healthy_runs_are_ok(tmp_path):
    for place in (tmp_path, None):
        with TrainingRecorder("fine", dir=place) as recorder:
            recorder.log_steps(range(2000), {"loss": np.geomspace(2.0, 0.5, 2000)})
            assert len(recorder.health) == 0
            assert recorder.health.ok
            assert str(recorder.health) == "healthy: no findings"


def test_other_parameters_find_other_things_and_leave_out_what_was_recorded(exploded):
    run = tachograph.open(exploded.path)

    assert run.diagnose(exploding_gradients=2000.0).of("exploding_gradients") == HealthReport()
    assert len(run.diagnose(exploding_gradients=0.5).of("exploding_gradients")) == 1
    with pytest.raises(InvalidArgumentError, match="no_such_rule"):
        run.diagnose(no_such_rule=1.0)


def test_what_was_recorded_and_found_again_is_there_once(tmp_path):
    with TrainingRecorder("twice", dir=tmp_path, on_finding=lambda _: None) as recorder:
        log(recorder)
        log(recorder, norm=1000.0, steps=range(60, 80))
        live = recorder.health
    run = tachograph.open(recorder.path)

    assert [one.code for one in run.health] == ["exploding_gradients", "gradient_spike"]
    assert run.health == live


def test_what_only_the_watch_saw_stays(tmp_path):
    with TrainingRecorder("strict", dir=tmp_path) as recorder:
        recorder.watch_health(thresholds={"exploding_gradients": 2.0})
        log(recorder, norm=3.0)
    run = tachograph.open(recorder.path)

    assert run.health.codes == ("exploding_gradients",)
    assert run.diagnose(exploding_gradients=100.0).ok


def test_warn_tells_once_a_stretch_at_the_call(tmp_path):
    with TrainingRecorder("warned", dir=tmp_path, on_finding="warn") as recorder:
        log(recorder, steps=range(5))
        with pytest.warns(HealthWarning, match="NaN") as told:
            recorder.log_step(5, {"loss": float("nan")})
        assert len(told) == 1
        assert told[0].filename == __file__
        recorder.log_step(6, {"loss": float("nan")})


def test_raise_leaves_the_row_kept_and_the_recorder_usable(tmp_path):
    with TrainingRecorder("raised", dir=tmp_path, on_finding="raise") as recorder:
        recorder.log_step(0, {"loss": 1.0})
        with pytest.raises(HealthError) as raised:
            recorder.log_step(1, {"loss": float("inf")})
        assert raised.value.finding.code == "not_finite"
        recorder.log_step(2, {"loss": 1.0})
    steps, _loss = tachograph.open(recorder.path).history("loss")

    assert steps.tolist() == [0, 1, 2]
    assert tachograph.open(recorder.path).health.codes == ("not_finite",)


def test_a_function_that_raises_goes_through_the_call_and_the_row_is_kept(tmp_path):
    class StopTrainingError(Exception):
        pass

    seen = []

    def stop(finding):
        seen.append(finding)
        raise StopTrainingError

    with TrainingRecorder("stopped", dir=tmp_path, on_finding=stop) as recorder:
        with pytest.raises(StopTrainingError):
            recorder.log_step(0, {"loss": float("nan")})
        with pytest.raises(StopTrainingError):
            recorder.log_epoch(0, 1.0, train_metrics={"grad_norm_mean": 1e4})
    run = tachograph.open(recorder.path)

    assert (run.status.steps, run.status.epochs) == (1, 1)
    assert [one.code for one in seen] == ["not_finite", "exploding_gradients"]
    assert [(one.step, one.epoch) for one in seen] == [(0, None), (None, 0)]


KILLED = """
import os, signal, sys
from tachograph import TrainingRecorder
recorder = TrainingRecorder("killed", dir=sys.argv[1], on_finding=lambda _: None)
recorder.watch_health(thresholds={"exploding_gradients": 2.0})
for step in range(40):
    recorder.log_step(step, {"loss": 0.5, "grad_norm": 3.0})
recorder.log_step(40, {"loss": float("nan")})
print(recorder.path, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="the system has no SIGKILL")
def test_findings_outlive_a_kill(tmp_path):
    words = [sys.executable, "-c", KILLED, str(tmp_path)]
    killed = subprocess.run(words, capture_output=True, text=True, check=False, env=os.environ)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    path = killed.stdout.strip()

    run = tachograph.open(path)

    assert run.status.state == "crashed"
    # The first only the watch could find, with its own limit.
    assert run.health.codes == ("exploding_gradients", "not_finite")
    (exploding,) = run.health.of("exploding_gradients")
    assert (exploding.value, exploding.threshold) == (3.0, 2.0)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with TrainingRecorder(
            "killed", dir=tmp_path, run_id=run.run_id, resume="must", on_finding="warn"
        ) as recorder:
            log(recorder, steps=range(41, 60))
    assert tachograph.open(path).health.codes == ("exploding_gradients", "not_finite")


def test_a_record_of_a_later_version_is_passed_over(tmp_path):
    with TrainingRecorder("later", dir=tmp_path) as recorder:
        recorder._put("finding/1/1", {"code": "new", "severity": "grave"})
        recorder._put("finding/1/x", 3)
    assert tachograph.open(recorder.path).health.ok


class TestReport:
    def test_is_a_sequence(self, exploded):
        report = exploded.health

        assert list(report) == [report[at] for at in range(len(report))]
        assert report[:1] == (report[0],)
        assert HealthReport([*report, *report]) == report
        assert hash(HealthReport(report)) == hash(report)
        assert report != HealthReport()
        assert report != list(report)

    def test_shows_a_hostile_name_as_data(self, tmp_path):
        name = "<script>\x1b[2J\u202eloss"
        with TrainingRecorder("hostile", dir=tmp_path) as recorder:
            recorder.log_step(0, {name: float("nan")})
        report = recorder.health

        assert "\x1b" not in str(report)
        assert "\u202e" not in str(report)
        assert "not_finite" in str(report)
        assert "<script>" not in report._repr_html_()

    def test_is_cut_where_it_is_long(self, tmp_path):
        with TrainingRecorder("long", dir=tmp_path) as recorder:
            recorder.log_step(0, {f"loss/{at}": float("nan") for at in range(30)})

        assert len(recorder.health) == 30
        assert str(recorder.health).endswith("and 10 more")
