"""Optimizers step by step beside torch's, on the same gradients."""

import numpy as np
import pytest

from tachograph.exceptions import InvalidArgumentError
from tachograph.nptrain import SGD, Adam, AdamW

RULES = {
    "plain": (SGD, "SGD", {}),
    "momentum": (lambda: SGD(0.9), "SGD", {"momentum": 0.9}),
    "momentum and decay": (
        lambda: SGD(0.9, weight_decay=0.05),
        "SGD",
        {"momentum": 0.9, "weight_decay": 0.05},
    ),
    "adam": (Adam, "Adam", {}),
    "adam with other constants": (
        lambda: Adam((0.8, 0.95), 1e-4, weight_decay=0.1),
        "Adam",
        {"betas": (0.8, 0.95), "eps": 1e-4, "weight_decay": 0.1},
    ),
    "adamw": (AdamW, "AdamW", {}),
    "adamw with decay": (lambda: AdamW(weight_decay=0.3), "AdamW", {"weight_decay": 0.3}),
}


@pytest.mark.parametrize("rule", RULES)
def test_every_step_is_torchs(rule):
    torch = pytest.importorskip("torch")
    make, name, options = RULES[rule]
    rng = np.random.default_rng(23)
    params = {"W": rng.standard_normal((4, 3)), "b": rng.standard_normal(3)}
    theirs = {key: torch.tensor(array, requires_grad=True) for key, array in params.items()}
    peer = getattr(torch.optim, name)(theirs.values(), lr=0.1, **options)
    optimizer = make()
    for step in range(60):
        rate = 0.1 / (1 + step)
        scale = 10.0 ** rng.integers(-6, 6)
        grads = {key: scale * rng.standard_normal(array.shape) for key, array in params.items()}
        for key, tensor in theirs.items():
            tensor.grad = torch.tensor(grads[key])
        peer.param_groups[0]["lr"] = rate
        peer.step()

        params = optimizer.update(params, grads, rate)

        for key, tensor in theirs.items():
            expected = tensor.detach().numpy()
            assert params[key] == pytest.approx(expected, rel=1e-9, abs=1e-9 * scale)


@pytest.mark.parametrize("rule", RULES)
def test_neither_argument_is_changed_or_given_out(rule):
    optimizer = RULES[rule][0]()
    params = {"W": np.ones(3), "i": np.array([1, 2])}
    grads = {"W": np.full(3, 0.5), "i": np.array([1.0, -1.0])}
    for _ in range(3):
        moved = optimizer.update(params, grads, 0.1)

        assert params["W"].tolist() == [1.0] * 3
        assert params["i"].tolist() == [1, 2]
        assert grads["W"].tolist() == [0.5] * 3
        assert not np.shares_memory(moved["W"], params["W"])
        assert moved["i"].dtype == np.float64


def test_plain_descent_is_the_parameter_less_rate_times_gradient():
    params, grads = {"W": np.array([1.0, 2.0])}, {"W": np.array([0.3, -7.0])}

    assert np.array_equal(SGD().update(params, grads, 0.1)["W"], params["W"] - 0.1 * grads["W"])


@pytest.mark.parametrize("rule", RULES)
def test_float32_stays_float32_and_nothing_warns(rule):
    optimizer = RULES[rule][0]()
    params = {"W": np.ones(3, dtype=np.float32)}
    for gradient in (1e-300, 1e300, 0.0):
        params = optimizer.update(params, {"W": np.full(3, gradient)}, 1e-3)
        assert params["W"].dtype == np.float32


@pytest.mark.parametrize("make", [lambda: SGD(0.5), Adam])
def test_an_optimizer_serves_one_model(make):
    optimizer = make()
    optimizer.update({"W": np.ones(3)}, {"W": np.ones(3)}, 0.1)

    with pytest.raises(ValueError, match=r"with shape \(3,\), not \(2,\)"):
        optimizer.update({"W": np.ones(2)}, {"W": np.ones(2)}, 0.1)


@pytest.mark.parametrize(
    "make",
    [
        lambda: SGD(1.0),
        lambda: SGD(weight_decay=-1.0),
        lambda: Adam((1.0, 0.9)),
        lambda: Adam(epsilon=0.0),
        lambda: AdamW(weight_decay=float("nan")),
    ],
)
def test_what_cannot_be_is_refused(make):
    with pytest.raises(ValueError, match="must be"):
        make()


@pytest.mark.parametrize("weight_decay", [0.0, 0.1])
def test_integer_gradients_gather_momentum(weight_decay):
    whole, real = (SGD(0.9, weight_decay=weight_decay) for _ in range(2))
    grads = np.array([1, 2, -3])
    moved = expected = {"w": np.zeros(3)}
    for _ in range(3):
        moved = whole.update(moved, {"w": grads}, 0.1)
        expected = real.update(expected, {"w": grads.astype(np.float64)}, 0.1)
    assert moved["w"].tolist() == expected["w"].tolist()


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.longdouble])
@pytest.mark.parametrize("make", [SGD, Adam])
def test_a_rate_may_be_any_float_and_none_that_is_infinite(dtype, make):
    params, grads = {"W": np.ones(2)}, {"W": np.ones(2)}

    moved = make().update(params, grads, learning_rate=dtype(0.5))

    assert moved["W"] == pytest.approx([0.5, 0.5])
    with pytest.raises(InvalidArgumentError, match="learning_rate must be at least 0"):
        make().update(params, grads, learning_rate=dtype("inf"))
