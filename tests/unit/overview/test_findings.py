"""What stands out is found, and nothing is found where nothing does."""

import subprocess
import sys

import numpy as np
import pytest

import tachograph
from tachograph import TrainingRecorder
from tachograph.overview.columns import courses
from tachograph.overview.findings import findings
from tachograph.overview.rules import RULES

RNG = np.random.default_rng(7)


def falling(n):
    return 2 * np.exp(-np.arange(n) / (n / 4)) + 0.3 + 0.02 * RNG.standard_normal(n)


@pytest.mark.parametrize("n", [5, 300, 2_000, 50_000])
def test_a_plain_training_has_none(recorder, n):
    recorder.log_steps(
        np.arange(n), {"loss": falling(n), "grad_norm": RNG.lognormal(0, 0.4, n), "lr": falling(n)}
    )
    recorder.log_epoch(0, 1.0, 2.0)
    recorder.close()

    assert findings(recorder) == []


def test_values_that_are_not_finite(recorder):
    recorder.log_steps([3, 4, 5, 6], {"lr": [1.0, float("nan"), float("inf"), 1.0], "a": [1.0] * 4})
    recorder.log_step(9, {"a": float("nan")})

    found = {item.metric: item for item in findings(recorder)}

    assert found["lr"].text == "2 values of 4 not finite, steps 4 to 5"
    assert found["a"].text == "1 value of 5 not finite, at step 9"
    assert (found["lr"].kind, found["lr"].table, found["lr"].label) == ("not_finite", "steps", 4)


@pytest.mark.parametrize(("n", "at"), [(300, 200), (100_000, 70_000)])
def test_spikes_of_losses_and_gradient_norms(recorder, n, at):
    loss, norm, other = falling(n), RNG.lognormal(0, 0.3, n), falling(n)
    loss[at], norm[at], other[at] = 9.0, 90.0, 9.0
    recorder.log_steps(np.arange(n), {"loss": loss, "grad_norm": norm, "accuracy": other})

    found = {item.metric: item for item in findings(recorder) if item.kind == "spikes"}

    assert set(found) == {"loss", "grad_norm"}
    rows_per_bin = 1 if n <= 2048 else 64  # 64 is the least power of two for 2,048 bins at most
    assert found["loss"].label == at // rows_per_bin * rows_per_bin
    assert found["loss"].text.startswith("1 spike, the highest 9 ")


def test_divergence_and_plateau(recorder):
    for epoch in range(60):
        diverging = 1.0 - epoch / 100 if epoch < 30 else 1.0 + (epoch - 30)
        level = max(0.2, 1.0 - epoch / 20)
        recorder.log_epoch(epoch, diverging, level)

    found = {(item.kind, item.metric): item for item in findings(recorder)}

    kinds = {key for key in found if key[0] != "spikes"}  # the jump is one, too
    assert kinds == {("divergence", "train_loss"), ("plateau", "val_loss"), ("past_best", None)}
    assert 30 < found["divergence", "train_loss"].label < 60
    assert found["plateau", "val_loss"].label in range(15, 20)


def test_a_spike_after_nothing_but_lost_values(recorder):
    loss = [1.0 + 0.01 * (step % 7) for step in range(100)] + [float("nan")] * 300 + [50.0, 1.0]
    recorder.log_steps(np.arange(len(loss)), {"loss": loss})

    found = {item.kind: item.text for item in findings(recorder)}

    assert found["spikes"] == "1 spike, the highest 50 at step 400"


def test_a_spike_is_no_divergence(recorder):
    loss = falling(300)
    loss[200:202] = 50.0
    recorder.log_steps(np.arange(300), {"loss": loss})

    assert [item.kind for item in findings(recorder)] == ["spikes"]


def test_a_plateau_that_ended_is_no_news(recorder):
    for epoch in range(100):
        recorder.log_epoch(epoch, 1.0 if epoch < 50 else 1.0 - (epoch - 50) / 100)

    assert "plateau" not in {item.kind for item in findings(recorder)}


NOISE = np.random.default_rng(0).normal(1.0, 0.05, 2000)


def told(values, *, name="loss", table="steps"):
    """What the rules say of a column."""
    y = np.asarray(values, dtype=np.float64)
    with TrainingRecorder("told", dir=None, capture_environment=False) as recorder:
        recorder.log_steps(np.arange(len(y)) * 10, {name: y})
        course = courses(recorder)["steps"][name]
    noun = table.removesuffix("s")
    return {kind: met for kind, rule in RULES.items() if (met := rule(name, course, noun))}


ORDINARY = {
    "noise": lambda rng, n: rng.normal(1.0, 0.05, n),
    "noise around nothing": lambda rng, n: np.abs(rng.standard_normal(n)) * 1e-4,
    "exponential": lambda rng, n: rng.exponential(1.0, n),
    "a long tail": lambda rng, n: rng.lognormal(0, 0.5, n),
    "decay": lambda rng, n: 2 * np.exp(-20 * np.arange(n) / n) + rng.normal(0.3, 0.02, n),
    "a power law": lambda rng, n: 10 * np.arange(1, n + 1) ** -0.3 * rng.normal(1, 0.03, n),
    "noisy decay": lambda rng, n: (
        (2 * np.exp(-4 * np.arange(n) / n) + 0.3) * rng.lognormal(0, 0.3, n)
    ),
    "rounded": lambda rng, n: np.round(2 * np.exp(-4 * np.arange(n) / n) + 0.02 * rng.random(n), 1),
    "mostly zero": lambda rng, n: (rng.random(n) < 0.02) * rng.random(n),
}


@pytest.mark.parametrize("name", ["loss", "train/loss", "grad_norm", "accuracy"])
@pytest.mark.parametrize("n", [1, 5, 30, 300, 2_000, 50_000])
@pytest.mark.parametrize("kind", ORDINARY)
def test_an_ordinary_curve_is_no_finding(kind, n, name):
    rng = np.random.default_rng(11)
    for _ in range(3):
        assert told(ORDINARY[kind](rng, n), name=name) == {}


def test_a_spike_stands_out_of_noise():
    values = NOISE.copy()
    values[1234] = 9

    assert told(values) == {"spikes": (12_340, "1 spike, the highest 9 at step 12,340")}
    assert told(values, name="accuracy") == {}


def test_divergence_that_stays_is_and_a_bump_is_not():
    diverged = np.concatenate([np.linspace(2, 0.5, 1000), np.linspace(0.5, 30, 300)])
    bump = np.concatenate([np.linspace(2, 0.5, 1000), np.full(80, 4.0), np.full(1000, 0.5)])

    label, text = told(diverged)["divergence"]
    assert 10_000 < label < 11_000
    assert text == f"diverged, as seen at step {label:,}"
    assert "divergence" not in told(bump)


def test_a_level_end_is_a_finding_of_epochs_only():
    values = np.concatenate([np.linspace(3, 1, 30), np.full(30, 1.0)])

    assert told(values, table="epochs") == {"plateau": (290, "level since epoch 290, the last 52%")}
    assert told(values) == {}


@pytest.mark.parametrize("name", ["loss", "trainLoss", "val/nll", "ppl", "loss_scale", "ripple"])
def test_what_is_a_loss(name):
    rising = np.concatenate([np.linspace(2, 0.5, 100), np.linspace(0.5, 30, 100)])

    is_loss = name not in {"loss_scale", "ripple"}
    assert ("divergence" in told(rising, name=name)) is is_loss


def test_overfitting(recorder):
    for epoch in range(40):
        recorder.log_epoch(epoch, 1 / (epoch + 1), 0.3 + abs(epoch - 10) * 0.05)

    found = {item.kind: item for item in findings(recorder)}

    one = found["overfitting"]
    assert (one.severity, one.table, one.metric, one.label) == ("warn", "epochs", "val_loss", 10)
    assert "the best epoch is 10; 29 epochs came after it" in one.text


def test_the_gravest_comes_first(recorder):
    for epoch in range(60):
        val_loss = max(0.2, 1.0 - epoch / 20)
        recorder.log_epoch(epoch, float("nan") if epoch == 50 else 1 / (epoch + 1), val_loss)

    assert [item.severity for item in findings(recorder)] == ["bad", "note", "note"]


def test_a_crashed_attempt_and_an_exception(tmp_path):
    code = (
        "import os; from tachograph import TrainingRecorder\n"
        f"recorder = TrainingRecorder('x', dir={str(tmp_path)!r}, run_id='r')\n"
        "recorder.log_step(0, {'loss': 1.0}); os._exit(1)"
    )
    subprocess.run([sys.executable, "-c", code], check=False)
    live = []

    def train_on() -> None:
        with TrainingRecorder("x", dir=tmp_path, run_id="r", resume="must") as recorder:
            recorder.log_step(1, {"loss": 1.0})
            live.extend(item.kind for item in findings(recorder))
            raise KeyError("of the training")

    with pytest.raises(KeyError):
        train_on()

    assert live == ["crash", "resumed"]
    with tachograph.open(tmp_path / "x" / "r") as run:
        assert [(item.kind, item.severity, item.text) for item in findings(run)] == [
            ("exception", "bad", "attempt 2 was ended by KeyError"),
            ("crash", "note", "attempt 1 ended without being closed"),
            ("resumed", "note", "resumed 1 time: at step 1"),
        ]


def test_damage(tmp_path):
    with TrainingRecorder("d", dir=tmp_path) as recorder:
        recorder.log_steps(np.arange(20_000), {"loss": RNG.standard_normal(20_000)})
    log = recorder.path / "run.tacho"
    content = bytearray(log.read_bytes())
    middle = len(content) // 2
    content[middle] ^= 0xFF
    log.write_bytes(content)

    with tachograph.open(recorder.path) as run:
        assert findings(run)[0].kind == "damage"


@pytest.fixture(scope="module")
def many_epochs(tmp_path_factory):
    """The log of a run of epochs alone."""
    root = tmp_path_factory.mktemp("epochs")
    with TrainingRecorder("d", dir=root, capture_environment=False) as recorder:
        for epoch, (train, val) in enumerate(RNG.random((3_000, 2)).tolist()):
            recorder.log_epoch(epoch, train, val)
    log = recorder.path / "run.tacho"
    return log, log.read_bytes()


@pytest.mark.parametrize("columns", ["read before", "read here"])
def test_damage_anywhere_among_epochs_is_told_at_the_first_look(many_epochs, columns):
    log, content = many_epochs
    n_damaged = 0
    for at in range(len(content) - 64, 200, -700):
        log.write_bytes(content[:at] + bytes(64) + content[at + 64 :])
        with tachograph.open(log.parent) as run:
            found = findings(run, courses(run) if columns == "read before" else None)
            assert findings(run) == found
            is_damaged = bool(run.report["damage"]) or run.report["rows_lost"] > 0
            assert (found[:1] != [] and found[0].kind == "damage") is is_damaged
            n_damaged += is_damaged
    assert n_damaged > 10


def test_a_run_with_nothing_in_it(recorder):
    assert findings(recorder) == []
