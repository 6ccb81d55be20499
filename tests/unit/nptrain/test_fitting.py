"""The whole training: its history, its end, its log, its lines."""

import inspect
import math
from functools import partial

import numpy as np
import pytest

import tachograph
from tachograph import NonFiniteGradientError
from tachograph.nptrain import (
    SGD,
    Adam,
    EarlyStopping,
    PlateauSchedule,
    cosine_schedule,
    evaluate,
    learning_rate_schedule,
    train_model,
    train_step,
)

KEYS = ["train_loss", "train_metric", "val_loss", "val_metric", "learning_rates", "grad_norms"]


@pytest.fixture
def data(separable):
    X, y = separable
    return (X[:70], y[:70]), (X[70:], y[70:])


@pytest.fixture
def fit(make_model, data):
    """``fit(model, **options)``, quiet and seeded."""

    def fit(model, **options):
        return train_model(model, *data, **{"verbose": False, "seed": 1, "epochs": 8, **options})

    return fit


def test_names_and_defaults_are_those_that_programs_rely_on():
    parameters = list(inspect.signature(train_model).parameters.values())
    positional = {p.name: p.default for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD}

    assert positional == {
        "model": inspect.Parameter.empty,
        "train_data": inspect.Parameter.empty,
        "val_data": inspect.Parameter.empty,
        "epochs": 100,
        "batch_size": 32,
        "learning_rate": 0.001,
        "lr_decay": 0.95,
        "lr_decay_every": 10,
        "clip_norm": 5.0,
        "patience": 10,
        "task": "classification",
        "verbose": True,
    }
    extras = {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY}
    assert extras["min_delta"] == 1e-4
    assert extras["shuffle"] is extras["restore_best"] is True


def test_the_history_has_a_float_an_epoch_in_six_lists(make_model, fit):
    history = fit(make_model(), learning_rate=0.1, lr_decay=0.5, lr_decay_every=3)

    assert list(history) == KEYS
    assert [len(column) for column in history.values()] == [8] * 6
    assert all(type(value) is float for column in history.values() for value in column)
    assert history["learning_rates"] == [learning_rate_schedule(e, 0.1, 0.5, 3) for e in range(8)]


def test_the_history_is_what_a_loop_by_hand_finds(make_model, data, fit):
    (X, y), val = data
    model, by_hand = make_model(), make_model()

    history = fit(model, epochs=3, shuffle=False, learning_rate=0.1, restore_best=False)

    for epoch in range(3):
        rows = []
        for start in range(0, 70, 32):
            part = slice(start, start + 32)
            rows.append((len(y[part]), *train_step(by_hand, X[part], y[part], 0.1)))
        weights, losses, metrics, norms = map(np.array, zip(*rows, strict=True))
        assert history["train_loss"][epoch] == pytest.approx(np.average(losses, weights=weights))
        assert history["train_metric"][epoch] == pytest.approx(np.average(metrics, weights=weights))
        assert history["grad_norms"][epoch] == pytest.approx(norms.mean())
        assert (history["val_loss"][epoch], history["val_metric"][epoch]) == evaluate(by_hand, *val)
    assert np.array_equal(model.W, by_hand.W)


def test_the_loss_falls(make_model, fit, kind):
    history = fit(make_model(kind), epochs=15, learning_rate=0.1, patience=15)

    assert history["train_loss"][-1] < 0.5 * history["train_loss"][0]


def test_the_loss_falls_along_random_directions(make_model, fit):
    history = fit(make_model("live"), epochs=30, learning_rate=0.05, patience=30, gradient="fast")

    assert history["train_loss"][-1] < 0.5 * history["train_loss"][0]


@pytest.mark.parametrize("stops_early", [False, True])
def test_the_best_parameters_come_back_however_it_ends(make_model, data, kind, stops_early):
    (X, y), val = data
    model = make_model(kind)
    options = {"epochs": 12, "patience": 2 if stops_early else 12, "seed": 3}
    # Labels turned round: the more it learns, the worse the validation gets.
    history = train_model(
        model, (X, 1 - y), val, learning_rate=0.3, verbose=False, min_delta=0.0, **options
    )

    assert (len(history["val_loss"]) < 12) is stops_early
    assert history["val_loss"][-1] > min(history["val_loss"])
    assert evaluate(model, *val)[0] == min(history["val_loss"])


def test_the_lowest_loss_is_best_also_below_min_delta(make_model, data, fit):
    model = make_model()

    history = fit(model, learning_rate=1e-3, min_delta=0.5, patience=20)

    assert history["val_loss"][-1] == min(history["val_loss"])
    assert evaluate(model, *data[1])[0] == min(history["val_loss"])


def test_early_stopping_follows_its_rule(make_model, fit):
    history = fit(make_model(), epochs=200, learning_rate=1.0, patience=4, min_delta=0.01)
    stopping = EarlyStopping(4, 0.01)

    answers = [stopping(loss) for loss in history["val_loss"]]

    assert answers == [False] * (len(answers) - 1) + [True]


def test_without_restoring_the_last_step_stays(make_model, data, fit):
    model = make_model()

    history = fit(model, learning_rate=0.1, restore_best=False)

    assert evaluate(model, *data[1])[0] == history["val_loss"][-1]


def test_a_seed_repeats_a_training_and_the_global_state_plays_no_part(make_model, fit):
    state = str(np.random.get_state())  # noqa: NPY002 -- the state that must not change
    seeds = [{"seed": 5}, {"seed": 5}, {"seed": None, "rng": np.random.default_rng(5)}, {"seed": 6}]

    histories = [fit(make_model("live"), gradient="fast", **options) for options in seeds]

    assert histories[0] == histories[1] == histories[2]
    assert histories[0] != histories[3]
    assert str(np.random.get_state()) == state  # noqa: NPY002


def test_no_epochs_are_an_empty_history(make_model, fit, capsys):
    model = make_model()
    before = model.W.copy()

    assert fit(model, epochs=0, verbose=True) == {key: [] for key in KEYS}
    assert np.array_equal(model.W, before)
    assert "after 0 epochs: none was to be run; the model is as it came" in capsys.readouterr().out
    fit(model, epochs=0, verbose=True, restore_best=False)
    assert "last step" not in capsys.readouterr().out


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")  # of the model itself
def test_validation_losses_that_are_no_numbers_stop_it_and_leave_the_first_parameters(
    make_model, data, capsys
):
    train, (X, y) = data
    model = make_model()
    before = model.W.copy()

    history = train_model(model, train, (X * np.nan, y), epochs=9, patience=4)

    assert len(history["val_loss"]) == 4
    assert all(map(math.isnan, history["val_loss"]))
    assert np.array_equal(model.W, before)
    assert "no validation loss was finite" in capsys.readouterr().out


def test_a_training_that_diverges_says_so_and_leaves_the_best_parameters(
    make_model, data, make_recorder
):
    (X, y), val = data
    model, recorder = make_model(), make_recorder()
    calls = []
    exact = model.loss_and_grads

    def diverging(X, y, task):
        calls.append(None)
        loss, metric, grads = exact(X, y, task)
        return (
            loss,
            metric,
            grads if len(calls) < 8 else {"W": grads["W"] * np.nan, "b": grads["b"]},
        )

    model.loss_and_grads = diverging

    with pytest.raises(NonFiniteGradientError, match="'W'"):
        train_model(model, (X, y), val, learning_rate=0.1, seed=0, verbose=False, recorder=recorder)

    _, losses = recorder.get_loss_history()
    assert len(losses) == 2
    assert evaluate(model, *val)[0] == min(losses)


def test_each_epoch_has_a_line_between_a_heading_and_a_summary(make_model, fit, capsys):
    history = fit(make_model(), verbose=True, epochs=10, learning_rate=0.1)
    heading, *lines, summary = capsys.readouterr().out.splitlines()

    assert "70 training samples, 20 validation samples" in heading
    assert len(lines) == 10
    for words in ("Epoch  1/10", "LR: 0.1", "Train Loss:", "Train Acc:", "Val Loss:", "Val Acc:"):
        assert words in lines[0]
    assert f"Grad Norm: {history['grad_norms'][0]:.4f}" in lines[0]
    assert "Finished after 10 epochs" in summary


def test_regression_has_its_own_words_and_silence_is_silence(make_model, capsys):
    rng = np.random.default_rng(0)
    data = rng.standard_normal((20, 4, 3)), rng.standard_normal((20, 2))

    history = train_model(make_model(), data, data, epochs=2, task="regression")
    assert "Val NegLoss:" in capsys.readouterr().out
    assert history["val_metric"] == [-loss for loss in history["val_loss"]]

    train_model(make_model(), data, data, epochs=2, task="regression", verbose=False)
    assert capsys.readouterr() == ("", "")


def test_the_log_has_every_step_and_epoch(make_model, fit, make_recorder):
    recorder = make_recorder()
    history = fit(make_model(), recorder=recorder, epochs=4, learning_rate=0.1)

    assert recorder.get_loss_history() == (history["train_loss"], history["val_loss"])
    assert recorder.get_metric_history("metric") == history["train_metric"]
    assert recorder.get_metric_history("metric", "val") == history["val_metric"]
    assert [epoch.epoch for epoch in recorder.epochs] == [0, 1, 2, 3]
    assert [epoch.learning_rate for epoch in recorder.epochs] == history["learning_rates"]
    assert [epoch.gradient_norm for epoch in recorder.epochs] == history["grad_norms"]
    assert all(epoch.epoch_time > 0 for epoch in recorder.epochs)
    recorder.close()

    run = tachograph.open(recorder.path)
    steps, norms = run.history("grad_norm")
    assert steps.tolist() == list(range(12))  # 70 samples are 3 batches
    assert norms.reshape(4, 3).mean(axis=1) == pytest.approx(history["grad_norms"])
    assert {"loss", "metric", "grad_norm", "learning_rate"} <= set(run.metrics)
    _, losses = run.history("loss")
    weights = np.array([32, 32, 6]) / 70
    assert losses.reshape(4, 3) @ weights == pytest.approx(history["train_loss"])


def test_every_so_many_steps_are_logged(make_model, fit, make_recorder):
    recorder = make_recorder()

    fit(make_model(), recorder=recorder, epochs=4, log_every=5)

    recorder.close()
    steps, _ = tachograph.open(recorder.path).history("loss")
    assert steps.tolist() == [0, 5, 10]


def test_a_schedule_and_an_optimizer_of_ones_own(make_model, fit):
    schedule = partial(cosine_schedule, initial_lr=0.2, total_epochs=8)

    history = fit(make_model(), schedule=schedule, optimizer=Adam())

    assert history["learning_rates"] == [schedule(epoch) for epoch in range(8)]
    assert history["train_loss"][-1] < history["train_loss"][0]


def test_momentum_lasts_for_the_whole_training(make_model, data):
    (X, y), val = data
    model, by_hand, optimizer = make_model(), make_model(), SGD(0.9)
    options = {"shuffle": False, "restore_best": False, "verbose": False}

    train_model(model, (X, y), val, 3, 70, 0.1, lr_decay=1.0, optimizer=SGD(0.9), **options)
    for _ in range(3):
        train_step(by_hand, X, y, 0.1, optimizer=optimizer)

    assert np.array_equal(model.W, by_hand.W)


def test_a_plateau_schedule_is_told_the_losses(make_model, fit):
    schedule = PlateauSchedule(0.5, 0.5, 1, min_delta=0.05)

    history = fit(make_model(), schedule=schedule, epochs=12, patience=12)

    again, rates = PlateauSchedule(0.5, 0.5, 1, min_delta=0.05), []
    for epoch, loss in enumerate(history["val_loss"]):
        rates.append(again(epoch))
        again.observe(loss)
    assert history["learning_rates"] == rates
    assert rates[-1] < 0.5


def test_smoothed_labels_are_learned_from_and_true_ones_validated(make_model, data, fit):
    model = make_model()

    history = fit(model, label_smoothing=0.5, learning_rate=0.5, epochs=40, patience=40)

    floor = -(0.75 * math.log(0.75) + 0.25 * math.log(0.25))
    assert min(history["train_loss"]) > floor
    assert evaluate(model, *data[1])[0] == min(history["val_loss"])


def test_accumulated_gradients_are_those_of_the_batches(make_model, fit):
    whole, parts = make_model(), make_model()

    expected = fit(whole, learning_rate=0.1)
    history = fit(parts, learning_rate=0.1, accumulation_steps=4)

    assert parts.W == pytest.approx(whole.W, rel=1e-10)
    assert history["val_loss"] == pytest.approx(expected["val_loss"], rel=1e-10)


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"epochs": -1}, ValueError, "epochs must be at least 0"),
        ({"epochs": 1.0}, TypeError, "epochs must be an int"),
        ({"task": "ranking"}, ValueError, "task must be"),
        ({"patience": 0}, ValueError, "patience"),
        ({"log_every": 0}, ValueError, "log_every"),
        ({"batch_size": 0}, ValueError, "batch_size"),
        ({"rng": 3}, ValueError, "seed and rng are alternatives"),
        ({"seed": -1}, ValueError, "seed must be at least 0"),
        ({"lr_decay": 2.0}, ValueError, "decay"),
    ],
)
def test_what_cannot_be_is_refused(make_model, fit, options, error, says):
    with pytest.raises(error, match=says):
        fit(make_model(), **options)


@pytest.mark.parametrize(
    ("train", "says"),
    [
        (np.ones(3), r"train_data must be a pair \(X, y\)"),
        (None, "not NoneType"),
        ((np.ones((2, 1, 3)), np.array([0])), r"train_data\[0\] and train_data\[1\]"),
        ((np.ones((0, 1, 3)), np.array([], dtype=int)), "train_data must have samples"),
    ],
)
def test_data_that_are_no_pair_of_arrays_are_refused(make_model, data, train, says):
    with pytest.raises(ValueError, match=says):
        train_model(make_model(), train, data[1], verbose=False)
