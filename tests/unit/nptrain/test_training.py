"""One step, and evaluation, of models that users bring."""

import numpy as np
import pytest

from tachograph import NonFiniteGradientError
from tachograph.nptrain import (
    SGD,
    Adam,
    AdamW,
    compute_numerical_gradient,
    cross_entropy_loss,
    evaluate,
    mse_loss,
    numerical_gradients,
    objective,
    smooth_targets,
    train_step,
)


@pytest.fixture
def regression():
    rng = np.random.default_rng(9)
    return rng.standard_normal((20, 4, 3)), rng.standard_normal((20, 2))


def copied(model):
    return {name: array.copy() for name, array in model.get_params().items()}


def test_a_step_is_the_rate_times_the_gradient(make_model, separable):
    X, y = separable
    model = make_model("exact")
    before = copied(model)
    loss, metric, grads = model.loss_and_grads(X, y, "classification")

    outcome = train_step(model, X, y, learning_rate=0.1, clip_norm=None)

    norm = np.sqrt(sum(np.square(grad).sum() for grad in grads.values()))
    assert all(type(value) is float for value in outcome)
    assert outcome == (loss, metric, pytest.approx(norm, rel=1e-12))
    for name, array in model.get_params().items():
        assert np.array_equal(array, before[name] - 0.1 * grads[name])


def test_clipping_bounds_the_step_but_not_the_norm_that_is_told(make_model, separable):
    model = make_model("exact")
    before = copied(model)

    *_, norm = train_step(model, *separable, learning_rate=1.0, clip_norm=1e-3)

    moved = sum(np.square(array - before[n]).sum() for n, array in model.get_params().items())
    assert norm > 1e-3
    assert np.sqrt(moved) == pytest.approx(1e-3)


@pytest.mark.parametrize("gradient", ["auto", "numerical", "fast"])
def test_any_model_is_trained(make_model, kind, separable, gradient):
    X, y = separable
    model = make_model(kind)
    before = copied(model)
    given = model.get_params() if kind != "in place" else {}

    train_step(model, X, y, 0.05, gradient=gradient, rng=1)

    assert not np.array_equal(model.get_params()["W"], before["W"])
    for name, array in given.items():
        assert np.array_equal(array, before[name])


def test_loss_and_metric_are_those_before_the_step(make_model, kind, regression):
    X, y = regression
    model = make_model(kind)
    expected = mse_loss(model.forward(X), y)

    loss, metric, _ = train_step(model, X, y, 0.1, task="regression")

    assert loss == pytest.approx(expected, rel=1e-14)
    assert metric == -loss
    assert mse_loss(model.forward(X), y) < expected


def forbidden(*_args, **_kwargs):
    raise AssertionError("a numerical gradient for a model that has exact ones")


def test_auto_never_takes_a_numerical_gradient_where_there_is_an_exact_one(
    make_model, separable, monkeypatch
):
    monkeypatch.setattr(numerical_gradients, "compute_numerical_gradient", forbidden)
    monkeypatch.setattr(numerical_gradients, "compute_numerical_gradient_fast", forbidden)

    train_step(make_model("exact"), *separable)
    train_step(make_model("exact"), *separable, gradient="exact")
    with pytest.raises(AssertionError, match="numerical gradient"):
        train_step(make_model("live"), *separable)


@pytest.mark.parametrize(
    ("n_scalars", "spared"),
    [(200, "compute_numerical_gradient_fast"), (204, "compute_numerical_gradient")],
)
def test_auto_takes_every_scalar_in_turn_up_to_two_hundred(
    make_model, monkeypatch, n_scalars, spared
):
    model = make_model("live", n_outputs=n_scalars // 4)
    monkeypatch.setattr(numerical_gradients, spared, forbidden)

    train_step(model, np.ones((2, 1, 3)), np.array([0, 1]))


def test_the_numerical_step_is_the_exact_one(make_model, separable):
    exact, live = make_model("exact"), make_model("live")
    for _ in range(5):
        train_step(exact, *separable, 0.5)
        train_step(live, *separable, 0.5)

    assert live.W == pytest.approx(exact.W, rel=1e-7)


def test_fast_steps_repeat_with_their_seed(make_model, separable):
    models = [make_model("live") for _ in range(3)]
    for model, seed in zip(models, (4, 4, 5), strict=True):
        train_step(model, *separable, gradient="fast", rng=seed)

    assert np.array_equal(models[0].W, models[1].W)
    assert not np.array_equal(models[0].W, models[2].W)


@pytest.mark.parametrize("accumulation_steps", [2, 7, 1000])
def test_gradients_of_parts_add_up_to_those_of_the_batch(make_model, separable, accumulation_steps):
    whole, parts = make_model("exact"), make_model("exact")

    expected = train_step(whole, *separable, 0.3)
    outcome = train_step(parts, *separable, 0.3, accumulation_steps=accumulation_steps)

    assert outcome == pytest.approx(expected, rel=1e-12)
    assert parts.W == pytest.approx(whole.W, rel=1e-12)


def test_accumulation_is_torchs(make_model, separable):
    torch = pytest.importorskip("torch")
    X, y = separable
    model = make_model("exact")
    layer = torch.nn.Linear(3, 2, dtype=torch.float64)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(model.W.T))
        layer.bias.copy_(torch.tensor(model.b))
    for part in np.array_split(np.arange(len(X)), 4):
        outputs = layer(torch.tensor(X[part]).mean(dim=1))
        loss = torch.nn.functional.cross_entropy(outputs, torch.tensor(y[part]))
        (loss * len(part) / len(X)).backward()
    torch.optim.SGD(layer.parameters(), lr=0.3).step()

    train_step(model, X, y, 0.3, clip_norm=None, accumulation_steps=4)

    assert model.W.T == pytest.approx(layer.weight.detach().numpy(), rel=1e-9)


@pytest.mark.parametrize("kind", ["exact", "live"])
def test_smoothed_labels_are_stepped_after(make_model, separable, kind):
    X, y = separable
    model, soft = make_model(kind), make_model(kind)

    outcome = train_step(model, X, y, 0.3, label_smoothing=0.2)
    expected = train_step(soft, X, smooth_targets(y, 2, 0.2), 0.3)

    assert outcome == expected
    assert outcome[0] == pytest.approx(
        cross_entropy_loss(make_model(kind).forward(X), y, label_smoothing=0.2), rel=1e-14
    )
    assert np.array_equal(model.W, soft.W)


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
@pytest.mark.parametrize("clip_norm", [5.0, None])
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")  # of the model itself
def test_data_that_are_no_numbers_move_no_parameter(make_model, kind, separable, wrong, clip_norm):
    X, y = separable
    X = X.copy()
    X[3, 0, 0] = wrong
    model = make_model(kind)
    before = copied(model)

    with pytest.raises(NonFiniteGradientError, match="'W'"):
        train_step(model, X, y, clip_norm=clip_norm)

    for name, array in model.get_params().items():
        assert np.array_equal(array, before[name])


class Lying:
    """Claims gradients that do not fit."""

    def __init__(self, grads):
        self.grads = grads

    def forward(self, X, return_sequences=False):
        return np.zeros((len(X), 2))

    def get_params(self):
        return {"W": np.ones((2, 2))}

    def set_params(self, params):
        raise AssertionError("parameters were moved")

    def loss_and_grads(self, X, y, task):
        return 1.0, 0.5, self.grads


@pytest.mark.parametrize(
    ("grads", "says"),
    [
        ({}, r"names \['W'\], not \[\]"),
        ({"W": np.ones(2)}, r"shape \(2, 2\), not \(2,\)"),
        ({"W": np.array([["a", "b"]] * 2)}, "real numbers"),
        (None, "not NoneType"),
    ],
)
def test_gradients_that_do_not_fit_are_refused(grads, says):
    with pytest.raises(ValueError, match=says):
        train_step(Lying(grads), np.ones((2, 1, 1)), np.array([0, 1]))


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"task": "ranking"}, ValueError, "task must be"),
        ({"gradient": "guess"}, ValueError, "gradient must be"),
        ({"learning_rate": -1.0}, ValueError, "learning_rate"),
        ({"learning_rate": "high"}, TypeError, "learning_rate"),
        ({"clip_norm": 0.0}, ValueError, "clip_norm"),
        ({"accumulation_steps": 0}, ValueError, "accumulation_steps"),
        ({"label_smoothing": 1.0}, ValueError, "label_smoothing"),
        ({"label_smoothing": 0.1, "task": "regression"}, ValueError, "label_smoothing"),
    ],
)
def test_what_cannot_be_is_refused(make_model, separable, options, error, says):
    with pytest.raises(error, match=says):
        train_step(make_model(), *separable, **options)


def test_a_model_without_exact_gradients_says_so(make_model, separable):
    with pytest.raises(ValueError, match=r"which Linear lacks"):
        train_step(make_model("live"), *separable, gradient="exact")


def test_samples_there_must_be(make_model):
    nothing = np.empty((0, 4, 3)), np.empty(0, dtype=int)

    with pytest.raises(ValueError, match="X_batch must have samples"):
        train_step(make_model(), *nothing)
    with pytest.raises(ValueError, match="X_test must have samples"):
        evaluate(make_model(), *nothing)


@pytest.mark.parametrize("task", ["classification", "regression"])
@pytest.mark.parametrize("batch_size", [1, 7, 20, 1000])
def test_evaluation_does_not_depend_on_the_batch_size(make_model, regression, task, batch_size):
    X, targets = regression
    y = targets if task == "regression" else (targets[:, 0] > 0).astype(int)
    model = make_model("live")
    stored = model.W.tobytes(), model.b.tobytes()
    aim = objective(task)
    outputs = model.forward(X)

    result = evaluate(model, X, y, task, batch_size)

    assert result == pytest.approx((aim.loss(outputs, y), aim.metric(outputs, y)), rel=1e-12)
    assert all(type(value) is float for value in result)
    assert (model.W.tobytes(), model.b.tobytes()) == stored


def test_evaluation_refuses_an_unknown_task_and_unequal_lengths(make_model, separable):
    X, y = separable

    with pytest.raises(ValueError, match="task must be"):
        evaluate(make_model(), X, y, task="ranking")
    with pytest.raises(ValueError, match="as many samples"):
        evaluate(make_model(), X, y[:-1])


@pytest.mark.parametrize("n_samples", [6, 9, 81])
@pytest.mark.parametrize("batch_size", [1, 7, 32])
def test_a_perfect_accuracy_is_one(n_samples, batch_size):
    X, y = np.eye(3)[np.arange(n_samples) % 3], np.arange(n_samples) % 3

    class Told:
        def forward(self, X, return_sequences=False):
            return X * 50.0

    assert evaluate(Told(), X, y, batch_size=batch_size)[1] == 1.0


def test_the_mean_of_losses_near_the_largest_float_is_finite():
    class Told:
        def forward(self, X, return_sequences=False):
            return X

    X = np.full((6, 1), 1e154)

    assert evaluate(Told(), X, 0 * X, "regression", batch_size=4)[0] == pytest.approx(1e308)


class Constant:
    """One parameter, a number of no dimension."""

    def __init__(self, dtype):
        self.level = np.array(1.5, dtype=dtype)

    def forward(self, X, return_sequences=False):
        return np.full((len(X), 1), self.level)

    def get_params(self):
        return {"level": self.level}

    def set_params(self, params):
        self.level = params["level"]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("gradient", ["numerical", "fast"])
@pytest.mark.parametrize("make", [SGD, lambda: SGD(0.9, weight_decay=0.1), Adam, AdamW])
@pytest.mark.parametrize("clip_norm", [0.1, 5.0, None])
def test_a_parameter_may_be_a_single_number(dtype, gradient, make, clip_norm):
    model, optimizer = Constant(dtype), make()
    X, y = np.ones((4, 1, 1)), np.zeros((4, 1))

    for _ in range(3):
        before = model.level
        train_step(
            model, X, y, 0.1, clip_norm, "regression", gradient=gradient, optimizer=optimizer
        )

        assert isinstance(model.level, np.ndarray)
        assert (model.level.shape, model.level.dtype) == ((), dtype)
        assert 0 < model.level < before


def test_an_optimizer_remembers_from_step_to_step(make_model, separable):
    model, plain = make_model(), make_model()
    optimizer = SGD(0.9)
    grads = []
    for _ in range(2):
        grads.append(model.loss_and_grads(*separable, "classification")[2]["W"])
        before = model.W
        train_step(model, *separable, 0.1, None, optimizer=optimizer)
        train_step(plain, *separable, 0.1, None)

    assert model.W == pytest.approx(before - 0.1 * (0.9 * grads[0] + grads[1]), rel=1e-14)
    assert not np.array_equal(model.W, plain.W)


def test_the_numerical_gradient_of_the_first_batch_shows_what_a_model_claims(make_model, separable):
    model = make_model("exact")
    numerical = compute_numerical_gradient(model, *separable, cross_entropy_loss)
    _, _, claimed = model.loss_and_grads(*separable, "classification")

    for name, grad in numerical.items():
        assert grad == pytest.approx(claimed[name], rel=1e-6)
