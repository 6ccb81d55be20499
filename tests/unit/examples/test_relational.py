"""The comparison of two networks of equal size, in a small size."""

import dataclasses
import math
import statistics
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import tachograph
from tachograph.examples import relational, sorting, spread
from tachograph.examples.session import MODELS
from tachograph.exceptions import TachographError


@pytest.fixture
def small(monkeypatch):
    """Trainings of a moment."""
    monkeypatch.setattr(relational, "STEPS_AN_EPOCH", 3)
    monkeypatch.setattr(relational, "_N_VAL", 50)
    monkeypatch.setattr(relational, "_N_TEST", 50)


def runs_under(root):
    return sorted(path for path in root.glob("*/*") if (path / "run.tacho").exists())


def test_places_are_those_that_a_slow_look_finds():
    inputs, places = sorting.questions(500, np.random.default_rng(0))

    assert inputs.shape == (500, 5, 6)
    for sequence, place in zip(inputs, places, strict=True):
        numbers, asked = sequence[:, 0].tolist(), sequence[:, 1:]
        assert (asked == asked[0]).all()
        assert sorted(asked[0]) == [0, 0, 0, 0, 1]
        n_larger = sum(number > numbers[place] for number in numbers)
        assert n_larger == asked[0].argmax()
    assert np.abs(inputs[:, :, 0]).max() <= 1


def test_questions_and_places_are_even_and_repeat_with_their_seed():
    inputs, places = sorting.questions(20_000, np.random.default_rng(1))
    again, same_places = sorting.questions(20_000, np.random.default_rng(1))
    others, _ = sorting.questions(20_000, np.random.default_rng(2))

    np.testing.assert_array_equal(inputs, again)
    np.testing.assert_array_equal(places, same_places)
    assert not np.isin(others[:, :, 0], inputs[:, :, 0]).any()
    for shares in (np.bincount(places) / 20_000, inputs[:, 0, 1:].mean(axis=0)):
        np.testing.assert_allclose(shares, sorting.CHANCE, atol=0.015)


def test_both_models_have_as_many_parameters():
    counts = [
        MODELS[name](sorting.INPUT_SIZE, output_size=sorting.N_NUMBERS, **sizes).n_parameters
        for name, sizes in relational.SIZES.items()
    ]

    assert max(counts) <= 1.02 * min(counts)
    assert set(relational.SIZES) == set(MODELS)


def test_rates_are_among_those_that_were_tried_and_not_at_their_end():
    tried = sorted(relational.RATES)
    assert set(relational.LEARNING_RATES) == set(MODELS)
    assert all(rate in tried[1:-1] for rate in relational.LEARNING_RATES.values())


def test_mean_spread_and_who_was_ahead_are_those_of_the_accuracies():
    accuracies = {"A": [0.5, 0.6, 0.9], "B": [0.7, 0.6, 0.4]}
    scores = [spread.score(name, 1234, these, [these]) for name, these in accuracies.items()]

    for one in scores:
        assert one.mean == pytest.approx(statistics.mean(accuracies[one.model]))
        assert one.spread == pytest.approx(statistics.stdev(accuracies[one.model]))
    lines = spread.table(scores).splitlines()
    assert lines[1].split() == ["A", "1,234", "66.7", "20.8", "50.0", "90.0"]
    assert lines[2].split() == ["B", "1,234", "56.7", "15.3", "40.0", "70.0"]
    assert lines[3].split() == ["chance", "20.0"]
    assert "over 3 seeds" in lines[4]
    assert lines[5:] == ["A ahead with 1 of 3", "B ahead with 1 of 3"]  # a tie is nobody's


def test_one_seed_has_no_spread():
    one = spread.score("A", 5, [0.25], [[0.25]])

    assert math.isnan(one.spread)
    assert spread.table([one]).splitlines()[1].split() == ["A", "5", "25.0", "-", "25.0", "25.0"]
    assert "over 1 seed;" in spread.table([one])


def test_as_a_module_it_compares_draws_and_reports(tmp_path, capsys, small):
    relational.main(["--seeds", "2", "--epochs", "2", "--dir", str(tmp_path)])

    printed = capsys.readouterr().out
    runs = runs_under(tmp_path)
    assert len(runs) == 4
    for path in runs:
        with tachograph.open(path) as run:
            steps, losses = run.history("loss")
            assert steps.tolist() == list(range(6))
            assert np.isfinite(losses).all()
            assert [epoch.epoch for epoch in run.epochs] == [0, 1]
    assert [line.split()[0] for line in printed.splitlines()[:4]] == ["lstm", "relational"] * 2
    assert "over 2 seeds" in printed
    assert "best single run, by validation loss: sorting-" in printed
    picture, page = printed.splitlines()[-2:]
    assert picture.endswith("comparison.png")
    assert Path(picture).read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    text = Path(page).read_text(encoding="utf-8")
    assert all(path.name in text for path in runs)


def test_a_training_repeats_and_both_models_see_the_same_questions(tmp_path, small, monkeypatch):
    seen = []
    ask = sorting.questions

    def remembered(n_samples, rng):
        seen.append(ask(n_samples, rng))
        return seen[-1]

    monkeypatch.setattr(relational, "questions", remembered)
    first, again, other = (
        relational.train(name, 3, epochs=2, root=tmp_path)
        for name in ("lstm", "lstm", "relational")
    )

    assert dataclasses.replace(again, seconds=first.seconds, run_dir=first.run_dir) == first
    assert other.n_parameters != first.n_parameters
    third = len(seen) // 3
    for one, two in zip(seen[:third], seen[2 * third :], strict=True):
        np.testing.assert_array_equal(one[0], two[0])
    # No batch is seen twice, and none is that of validation or test.
    batches = np.concatenate([inputs[:, :, 0] for inputs, _ in seen[:third]])
    assert len(np.unique(batches, axis=0)) == len(batches)


def test_the_lstm_learns_what_chance_does_not_know(tmp_path, monkeypatch):
    monkeypatch.setattr(relational, "_N_TEST", 1000)
    trained = relational.train("lstm", 0, epochs=2, root=tmp_path)

    assert trained.test_accuracy > 1.3 * sorting.CHANCE
    assert trained.accuracies[-1] > trained.accuracies[0]


def test_the_choice_of_rates_tries_each_for_both(tmp_path, capsys, small):
    relational.main(["--choose-rates", "--epochs", "1", "--dir", str(tmp_path)])

    tried = [line.split()[:2] for line in capsys.readouterr().out.splitlines()]
    assert tried == [[name, f"{rate:g}"] for name in MODELS for rate in relational.RATES]
    for path in runs_under(tmp_path):
        with tachograph.open(path) as run:
            assert run.training_config["seed"] >= 1000  # not one of the comparison


@pytest.mark.parametrize(
    "words", [["--seeds", "0"], ["--epochs", "0"], ["--seeds", "x"], ["--seed", "1"]]
)
def test_counts_below_one_are_refused(tmp_path, capsys, words):
    with pytest.raises(SystemExit, match="2"):
        relational.main([*words, "--dir", str(tmp_path)])
    assert "--" in capsys.readouterr().err
    assert not any(tmp_path.iterdir())


def test_recording_turned_off_is_said_before_any_training(monkeypatch):
    monkeypatch.setenv("TACHO_DISABLED", "1")

    with pytest.raises(TachographError, match="TACHO_DISABLED"):
        relational.train("lstm", 0)


def test_without_extras_the_figures_come_as_text_and_a_line_names_each(tmp_path):
    code = f"""
import sys
for name in ("matplotlib", "plotly"): sys.modules[name] = None
from tachograph.examples import relational
relational.STEPS_AN_EPOCH, relational._N_VAL, relational._N_TEST = 2, 20, 20
relational.main(["--seeds", "1", "--epochs", "1", "--dir", {str(tmp_path)!r}])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert "RelationalRNN" in done.stdout
    assert "chance" in done.stdout
    left_out = [line for line in done.stdout.splitlines() if line.startswith("left out:")]
    assert [line.rpartition(" ")[2] for line in left_out] == [
        "'tachograph[plot]'",
        "'tachograph[report]'",
    ]
    assert len(runs_under(tmp_path)) == 2
