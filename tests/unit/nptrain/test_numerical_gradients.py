"""Gradients from losses alone: right, unbiased, and without a trace in the model."""

import numpy as np
import pytest

from tachograph.nptrain import (
    compute_numerical_gradient,
    compute_numerical_gradient_fast,
    cross_entropy_loss,
    mse_loss,
)

WAYS = [compute_numerical_gradient, compute_numerical_gradient_fast]


@pytest.fixture
def batch():
    rng = np.random.default_rng(1)
    return rng.standard_normal((6, 4, 3)), rng.integers(0, 2, 6)


def stored(model):
    return {name: (array.dtype, array.tobytes()) for name, array in model.get_params().items()}


def test_central_differences_are_the_gradient(make_model, kind, batch):
    X, y = batch
    _, _, exact = make_model("exact").loss_and_grads(X, y, "classification")

    grads = compute_numerical_gradient(make_model(kind), X, y, cross_entropy_loss)

    assert grads.keys() == exact.keys()
    for name, grad in grads.items():
        assert (grad.dtype, grad.shape) == (np.float64, exact[name].shape)
        assert np.abs(grad - exact[name]).max() < 1e-7 * np.abs(exact[name]).max()


@pytest.mark.parametrize("way", WAYS)
def test_the_model_is_as_it_was(make_model, kind, batch, way):
    model = make_model(kind, dtype=np.float32)
    before, given = stored(model), model.get_params()

    way(model, *batch, cross_entropy_loss)

    assert stored(model) == before
    if kind in ("live", "in place"):
        assert all(model.get_params()[name] is given[name] for name in given)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("n_calls", [0, 1, 3])
def test_also_where_the_loss_raises(make_model, kind, batch, way, n_calls):
    model = make_model(kind)
    before = stored(model)
    calls = []

    def failing(outputs, y):
        calls.append(None)
        if len(calls) > n_calls:
            raise RuntimeError("broken loss")
        return cross_entropy_loss(outputs, y)

    with pytest.raises(RuntimeError, match="broken loss"):
        way(model, *batch, failing)

    assert stored(model) == before


def test_float32_parameters_get_steps_that_they_can_hold(make_model, kind, batch):
    X, y = batch
    _, _, exact = make_model("exact", dtype=np.float32).loss_and_grads(X, y, "classification")

    grads = compute_numerical_gradient(make_model(kind, dtype=np.float32), X, y, cross_entropy_loss)

    for name, grad in grads.items():
        assert np.abs(grad - exact[name]).max() < 2e-4 * np.abs(exact[name]).max()


@pytest.mark.parametrize("way", WAYS)
def test_integer_parameters_get_a_gradient_or_an_error_but_never_zeros(make_model, batch, way):
    X, y = batch
    taking, keeping = make_model("copying"), make_model("in place")
    for model in (taking, keeping):
        model.W, model.b = np.array([[1, 0], [2, -1], [0, 1]]), np.array([0, 1])
    exact = make_model("exact")
    exact.set_params({name: array.astype(float) for name, array in taking.get_params().items()})
    _, _, expected = exact.loss_and_grads(X, y, "classification")

    if way is compute_numerical_gradient:
        for name, grad in way(taking, X, y, cross_entropy_loss).items():
            assert grad == pytest.approx(expected[name], rel=1e-6)
    assert taking.W.dtype == np.int64
    with pytest.raises(ValueError, match="'W' as int64"):
        way(keeping, X, y, cross_entropy_loss)
    assert keeping.W.tolist() == [[1, 0], [2, -1], [0, 1]]


@pytest.mark.parametrize("way", WAYS)
def test_large_parameters_are_moved_in_proportion(make_model, way):
    model = make_model("copying", n_inputs=1, n_outputs=1)
    model.W, model.b = np.array([[1e12]]), np.array([0.0])
    X = np.full((1, 1, 1), 1e-12)

    grads = way(model, X, np.array([[0.0]]), mse_loss)

    assert grads["W"] == pytest.approx(2e-12, rel=1e-4)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("epsilon", [0.0, -1.0, float("nan"), float("inf"), 1e-30])
def test_steps_that_move_nothing_are_refused(make_model, batch, way, epsilon):
    with pytest.raises(ValueError, match="epsilon"):
        way(make_model(), *batch, cross_entropy_loss, epsilon)


def test_the_fast_estimate_costs_two_forward_passes_an_array_and_sample(make_model, batch):
    calls = []

    def counting(outputs, y):
        calls.append(None)
        return cross_entropy_loss(outputs, y)

    compute_numerical_gradient_fast(make_model(), *batch, counting, num_samples=3)

    assert len(calls) == 2 * 3 * 2


def test_the_fast_estimate_repeats_with_its_seed_and_leaves_the_global_state_alone(
    make_model, batch
):
    state = str(np.random.get_state())  # noqa: NPY002 -- the state that must not change
    first, again, other = (
        compute_numerical_gradient_fast(make_model(), *batch, cross_entropy_loss, rng=seed)
        for seed in (7, np.random.default_rng(7), 8)
    )

    assert np.array_equal(first["W"], again["W"])
    assert not np.array_equal(first["W"], other["W"])
    assert str(np.random.get_state()) == state  # noqa: NPY002


class Quadratic:
    """A loss of 600 parameters with known derivatives, cheap enough for 10,000 draws."""

    def __init__(self):
        rng = np.random.default_rng(17)
        self.params = {"a": rng.standard_normal((20, 20)), "b": rng.standard_normal(200)}
        self.curvature = {name: 1.0 + rng.random(p.shape) for name, p in self.params.items()}

    def forward(self, X, return_sequences=False):
        return sum(0.5 * (self.curvature[n] * p * p).sum() for n, p in self.params.items())

    def get_params(self):
        return dict(self.params)

    def set_params(self, params):
        self.params = dict(params)

    def gradient(self):
        return {name: self.curvature[name] * p for name, p in self.params.items()}


def test_the_fast_estimate_is_unbiased():
    n_draws = 10_000
    model, rng = Quadratic(), np.random.default_rng(2)
    exact = model.gradient()
    sums = {name: np.zeros_like(grad) for name, grad in exact.items()}
    squares = {name: np.zeros_like(grad) for name, grad in exact.items()}
    for _ in range(n_draws):
        draw = compute_numerical_gradient_fast(model, None, None, lambda out, _y: out, rng=rng)
        for name, grad in draw.items():
            error = grad - exact[name]
            sums[name] += error
            squares[name] += error * error

    scores = []
    for name, total in sums.items():
        mean = total / n_draws
        std = np.sqrt(squares[name] / n_draws - mean**2)
        scores.append((mean / (std / np.sqrt(n_draws))).ravel())
    z = np.concatenate(scores)

    assert 0.9 < np.mean(z * z) < 1.1
    assert np.abs(z).max() <= 5.5


def test_more_samples_are_an_average():
    model = Quadratic()
    rng = np.random.default_rng(3)
    single = [
        compute_numerical_gradient_fast(model, None, None, lambda out, _y: out, rng=rng)["b"]
        for _ in range(400)
    ]
    averaged = [
        compute_numerical_gradient_fast(
            model, None, None, lambda out, _y: out, num_samples=16, rng=rng
        )["b"]
        for _ in range(50)
    ]

    ratio = np.var(single, axis=0).mean() / np.var(averaged, axis=0).mean()

    assert ratio == pytest.approx(16, rel=0.1)
