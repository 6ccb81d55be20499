"""What stands out is told, and what does not is not."""

import os
import signal
import subprocess
import sys

import numpy as np

import tachograph

MARKS = {"bad": "!", "warn": "!", "note": "i"}


def test_a_page_tells_what_findings_tells(make_recorder, report):
    with make_recorder("a") as recorder:
        loss = np.random.default_rng(0).normal(1.0, 0.05, 2000)
        loss[1234], loss[1500] = 9.0, np.nan
        recorder.log_steps(np.arange(2000), {"train/loss": loss})
        for epoch in range(40):
            recorder.log_epoch(epoch, 1 / (epoch + 1), 0.3 + abs(epoch - 10) * 0.05)

    with tachograph.open(recorder.path) as run:
        found = run.findings()
        text = report(run).text

    assert {"not_finite", "spikes", "overfitting"} <= {one.kind for one in found}
    told = "".join(MARKS[one.severity] + (one.metric or "run") + one.text for one in found)
    assert f"Findings{told}" in text


def test_overfitting_and_the_epochs_after_the_best_one(recorder, report):
    for epoch in range(40):
        recorder.log_epoch(epoch, 1 / (epoch + 1), 0.3 + abs(epoch - 10) * 0.05)

    text = report(recorder).text

    assert "overfitting: leaves the training loss by" in text
    assert "the best epoch is 10; 29 epochs came after it" in text


def test_losses_that_part_while_both_fall_are_no_overfitting(recorder, report):
    for epoch in range(40):
        recorder.log_epoch(epoch, 2.0 - epoch * 0.05, 2.0 - epoch * 0.02)

    assert "overfitting:" not in report(recorder).text


def test_how_a_run_ended(make_recorder, report):
    running = make_recorder("running")
    running.log_epoch(0, 1.0)
    assert ("span", {"class": "state running"}) in report(running.path).tags

    raised = make_recorder("raised")
    raised.log_epoch(0, 1.0)
    raised.__exit__(KeyError, KeyError(), None)
    assert "attempt 1 was ended by KeyError" in report(raised.path).text

    running.close()
    assert "Findings" not in report(running.path).text


def test_a_resumed_run_says_where(make_recorder, report):
    with make_recorder("r", run_id="one") as first:
        first.log_step(0, {"loss": 1.0})
        first.log_step(1, {"loss": 1.0})
    with make_recorder("r", run_id="one", resume="must") as second:
        second.log_step(2, {"loss": 1.0})

    assert "resumed 1 time: at step 2" in report(second.path).text


def test_a_killed_run_says_so(tmp_path, report):
    code = f"""
import os, signal
from tachograph import TrainingRecorder
recorder = TrainingRecorder("k", dir={str(tmp_path)!r}, run_id="one", capture_environment=False)
recorder.log_epoch(0, 1.0)
os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", code], env=dict(os.environ), check=False)
    assert done.returncode == -signal.SIGKILL

    page = report(tachograph.open(tmp_path / "k" / "one"))

    assert "attempt 1 ended without being closed" in page.text
    assert ("span", {"class": "state crashed"}) in page.tags
