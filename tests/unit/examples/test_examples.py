"""The examples, as modules and in a small size; the digits whole, and what they reach."""

import os
import subprocess
import sys

import numpy as np
import pytest

import tachograph
from tachograph.examples import digits, relational, tracking
from tachograph.exceptions import MissingExtraError, TachographError
from tachograph.nptrain import mse_loss

FIGURES = {
    "advanced_metrics.png",
    "basic_training_curves.png",
    "metric_evolution.png",
    "training_dashboard.png",
    "training_summary.txt",
}


def run_module(name, *words):
    """What a user runs, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", f"tachograph.examples.{name}", *words],
        capture_output=True,
        text=True,
        check=False,
        env={key: value for key, value in os.environ.items() if key != "OPENBLAS_NUM_THREADS"},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def only_run(root):
    (directory,) = root.glob("*/*/")
    return directory


@pytest.mark.slow
@pytest.mark.timeout(900)  # half a minute where nothing else runs
def test_digits_by_an_lstm_reach_95_percent(tmp_path):
    pytest.importorskip("sklearn")

    printed = run_module("digits", "--dir", str(tmp_path))

    share = float(printed.rpartition("% of the digits")[0].split()[-1])
    assert share >= 95.0
    run_dir = only_run(tmp_path)
    assert (run_dir / "report.html").stat().st_size > 100_000
    assert {path.name for path in (run_dir / "figures").iterdir()} >= FIGURES
    assert str(run_dir / "report.html") in printed
    with tachograph.open(run_dir) as run:
        assert run.experiment_name == "digits-by-row"
        _, losses = run.history("loss")
        assert len(losses) == len(run.epochs) * -(-1078 // 32)
        assert max(epoch.val_metrics["metric"] for epoch in run.epochs) >= 0.95


@pytest.mark.slow
@pytest.mark.timeout(900)  # half a minute where nothing else runs
def test_digits_by_a_relational_network_reach_95_percent(tmp_path):
    pytest.importorskip("sklearn")

    printed = run_module("digits", "--model", "relational", "--dir", str(tmp_path))

    assert float(printed.rpartition("% of the digits")[0].split()[-1]) >= 95.0


def test_splits_of_the_digits_share_no_image_and_leave_none_out():
    pytest.importorskip("sklearn")
    splits = digits.load(0)
    parts = (splits.train, splits.val, splits.test)

    images = np.concatenate([X.reshape(len(X), -1) for X, _ in parts])
    assert [X.shape[1:] for X, _ in parts] == [(8, 8)] * 3
    assert [len(X) for X, _ in parts] == [len(y) for _, y in parts]
    assert len(images) == 1797
    assert len(np.unique(images, axis=0)) == len(images)
    assert all(set(y.tolist()) == set(range(10)) for _, y in parts)


def test_tracking_learns_and_ends_in_pictures(tmp_path, monkeypatch):
    monkeypatch.setattr(tracking, "_N_TRAIN", 640)
    outcome = tracking.run(epochs=6, root=tmp_path, verbose=False)

    seen, truth = tracking.load(0).test
    guesses = {name: mse_loss(guess, truth) for name, guess in tracking.guesses(seen).items()}
    assert outcome.test_loss < 0.5 * mse_loss(np.full_like(truth, 0.5), truth)
    assert outcome.test_loss < guesses["goes on as it did"]
    assert len(outcome.history["val_loss"]) == 6
    assert outcome.history["val_loss"][-1] < outcome.history["val_loss"][0]
    assert {path.name for path in outcome.files} == FIGURES | {"report.html", "track.png"}
    assert all(path.stat().st_size for path in outcome.files)
    assert outcome.run_dir == only_run(tmp_path)


def test_a_ball_stays_in_the_box_and_moves_by_its_speed():
    seen, places = tracking.fly(50, 200, np.random.default_rng(0))

    assert ((places >= 0) & (places <= 1)).all()
    steps = np.abs(np.diff(places, axis=1))
    free = ((places[:, :-1] > 0.1) & (places[:, :-1] < 0.9)).all(axis=2)
    lengths = np.linalg.norm(steps, axis=2)
    for ball, is_free in zip(lengths, free, strict=True):
        np.testing.assert_allclose(ball[is_free], ball[is_free][0], atol=1e-12)
    assert (seen - places).std() == pytest.approx(tracking.NOISE, rel=0.05)


def test_as_a_module_it_says_how_good_it_is(tmp_path):
    printed = run_module("tracking", "--epochs", "1", "--dir", str(tmp_path))

    assert "the model" in printed
    assert "goes on as it did" in printed
    assert str(only_run(tmp_path) / "figures" / "track.png") in printed


def test_without_an_extra_the_training_stands_and_a_line_says_what_to_install(tmp_path):
    code = f"""
import sys
for name in ("matplotlib", "plotly"): sys.modules[name] = None
from tachograph.examples import tracking
tracking._N_TRAIN = 64
print(tracking.run(epochs=1, root={str(tmp_path)!r}, verbose=False).files)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    first, second, files = done.stdout.splitlines()
    assert first.endswith("pip install 'tachograph[plot]'")
    assert second.endswith("pip install 'tachograph[report]'")
    assert files == "[]"
    assert (only_run(tmp_path) / "run.tacho").exists()


def test_digits_without_scikit_learn_name_the_extra(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)

    with pytest.raises(MissingExtraError, match=r"tachograph\[demo\]"):
        digits.run(root=tmp_path)
    with pytest.raises(SystemExit, match=r"^2$"):
        digits.main(["--dir", str(tmp_path)])
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("pip install 'tachograph[demo]'")
    assert not any(tmp_path.iterdir())


MODULES = {"digits": digits, "tracking": tracking, "relational": relational}


@pytest.fixture(params=list(MODULES))
def main(request):
    if request.param == "digits":
        pytest.importorskip("sklearn")
    return MODULES[request.param].main


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--epochs", "-1"], "--epochs: must be a whole number of at least 1, not '-1'"),
        (["--epochs", "0"], "--epochs: must be a whole number of at least 1, not '0'"),
        (["--epochs", "2.5"], "--epochs: must be a whole number of at least 1, not '2.5'"),
        (["--epochs", "many"], "--epochs: must be a whole number of at least 1, not 'many'"),
    ],
)
def test_epochs_that_cannot_be_are_refused_in_a_line(main, tmp_path, capsys, words, says):
    with pytest.raises(SystemExit, match=r"^2$"):
        main([*words, "--dir", str(tmp_path)])

    assert capsys.readouterr().err.splitlines()[-1].endswith(says)
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("words", [["--seed", "-1"], ["--seed", "x"]])
@pytest.mark.parametrize("module", [digits, tracking])
def test_seeds_that_cannot_be_are_refused_in_a_line(module, tmp_path, capsys, words):
    with pytest.raises(SystemExit, match=r"^2$"):
        module.main([*words, "--dir", str(tmp_path)])

    last = capsys.readouterr().err.splitlines()[-1]
    assert last.endswith(f"--seed: must be a whole number of at least 0, not {words[1]!r}")
    assert not any(tmp_path.iterdir())


def test_a_place_that_cannot_be_written_is_told_in_a_line(main, tmp_path, capsys):
    taken = tmp_path / "file"
    taken.touch()

    with pytest.raises(SystemExit, match=r"^2$"):
        main(["--epochs", "1", "--dir", str(taken)])

    (line,) = capsys.readouterr().err.splitlines()
    assert "error: " in line
    assert str(taken) in line


def test_recording_turned_off_is_told_in_a_line(main, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("TACHO_DISABLED", "1")

    with pytest.raises(SystemExit, match=r"^2$"):
        main(["--epochs", "1", "--dir", str(tmp_path)])

    (line,) = capsys.readouterr().err.splitlines()
    assert "error: recording is turned off (TACHO_DISABLED)" in line
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("wrong", "argument"),
    [
        ({"model": "gru"}, "model"),
        ({"model": None}, "model"),
        ({"epochs": -1}, "epochs"),
        ({"epochs": 1.0}, "epochs"),
        ({"seed": -1}, "seed"),
        ({"seed": "0"}, "seed"),
    ],
)
@pytest.mark.parametrize("module", [digits, tracking])
def test_what_cannot_be_run_is_refused_before_anything_is_loaded(
    tmp_path, monkeypatch, module, wrong, argument
):
    monkeypatch.setattr(module, "load", None)

    with pytest.raises(TachographError, match=f"^{argument} must be") as caught:
        module.run(root=tmp_path, **wrong)
    assert caught.value.argument == argument
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("call", "argument"),
    [
        (lambda root: relational.train("gru", 0, root=root), "name"),
        (lambda root: relational.train("lstm", -1, root=root), "seed"),
        (lambda root: relational.train("lstm", 0, epochs=0, root=root), "epochs"),
        (lambda root: relational.train("lstm", 0, learning_rate="x", root=root), "learning_rate"),
        (lambda root: relational.run(0, root=root), "n_seeds"),
        (lambda root: digits.load(-1), "seed"),
        (lambda root: tracking.load("x"), "seed"),
    ],
)
def test_functions_of_the_examples_name_what_cannot_be(tmp_path, call, argument):
    with pytest.raises(TachographError, match=f"^{argument} must be") as caught:
        call(tmp_path)
    assert caught.value.argument == argument
    assert not any(tmp_path.iterdir())


def test_a_large_seed_is_not_another():
    first, same, other = (tracking.load(2**62 + more).train[0] for more in (0, 0, 1))

    assert np.array_equal(first, same)
    assert not np.array_equal(first, other)
