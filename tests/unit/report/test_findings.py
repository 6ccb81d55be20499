"""What stands out is told, and what does not is not."""

import os
import signal
import subprocess
import sys

import numpy as np
import pytest

import tachograph
from tachograph.curves import Curve
from tachograph.report.curve_findings import curve_findings

RNG = np.random.default_rng(0)
NOISE = RNG.normal(1.0, 0.05, 2000)


def told(values, *, name="loss", table="steps"):
    y = np.asarray(values, dtype=np.float64)
    found = curve_findings(Curve(name, "step", np.arange(len(y)) * 10, y), table)
    return [(one.severity, one.text) for one in found]


@pytest.mark.parametrize("name", ["loss", "train/loss", "val_loss", "accuracy", "grad_norm"])
def test_noise_is_no_finding(name):
    assert told(NOISE, name=name) == []
    assert told(np.abs(RNG.standard_normal(20_000)) * 1e-4, name=name) == []
    assert told([], name=name) == []
    assert told([1.0], name=name) == []


def test_a_spike_is():
    values = NOISE.copy()
    values[1234] = 9

    assert told(values) == [("warn", "1 spike, at step 12,340: 9")]
    assert told(values, name="accuracy") == []


def test_divergence_that_stays_is_and_a_bump_is_not():
    diverged = np.concatenate([np.linspace(2, 0.5, 1000), np.linspace(0.5, 30, 300)])
    bump = np.concatenate([np.linspace(2, 0.5, 1000), np.full(80, 4.0), np.full(1000, 0.5)])

    ((severity, text),) = [one for one in told(diverged) if "diverged" in one[1]]
    assert severity == "bad"
    assert "rose far above its lowest at step 10," in text
    assert not [one for one in told(bump) if "diverged" in one[1]]


def test_a_loss_that_is_lost_is():
    values = np.concatenate([NOISE, np.full(500, np.nan)])

    texts = [text for _, text in told(values)]

    assert texts[0] == "500 of 2,500 values are NaN or infinite: step 20,000 to 24,990"
    assert any(text.startswith("lost: no finite value in the") for text in texts)


def test_many_lost_stretches_are_counted():
    values = NOISE.copy()
    values[::10] = np.inf

    assert told(values, name="x") == [
        ("bad", "200 of 2,000 values are NaN or infinite: step 0, 100, 200, and 197 more stretches")
    ]


def test_a_level_end_of_an_epochs_loss_is():
    values = np.concatenate([np.linspace(3, 1, 30), np.full(30, 1.0)])

    assert [text for _, text in told(values, table="epochs")] == ["level since epoch 290"]
    assert told(values, table="steps") == []


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
    assert "was still being written when this report was made" in report(running.path).text

    raised = make_recorder("raised")
    raised.log_epoch(0, 1.0)
    raised.__exit__(KeyError, KeyError(), None)
    assert "ended with KeyError" in report(raised.path).text

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

    assert "ended without being closed: killed, crashed or switched off" in page.text
    assert ("span", {"class": "state crashed"}) in page.tags
