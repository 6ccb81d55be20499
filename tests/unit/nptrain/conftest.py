"""Small models that are no models of the package: what any user might bring."""

import numpy as np
import pytest

from tachograph.nptrain import objective


class Linear:
    """Outputs ``mean over time of X @ W + b``; gives out its own arrays, and takes others' in."""

    def __init__(self, n_inputs=3, n_outputs=2, *, seed=0, dtype=np.float64):
        rng = np.random.default_rng(seed)
        self.W = rng.standard_normal((n_inputs, n_outputs)).astype(dtype)
        self.b = rng.standard_normal(n_outputs).astype(dtype)

    def forward(self, X, return_sequences=False):
        outputs = X @ self.W + self.b
        return outputs if return_sequences else outputs.mean(axis=1)

    def get_params(self):
        return {"W": self.W, "b": self.b}

    def set_params(self, params):
        self.W, self.b = params["W"], params["b"]


class CopyingLinear(Linear):
    """Gives out copies, and copies what it takes."""

    def get_params(self):
        return {"W": self.W.copy(), "b": self.b.copy()}

    def set_params(self, params):
        self.W, self.b = params["W"].copy(), params["b"].copy()


class InPlaceLinear(Linear):
    """Gives out its own arrays, and writes into them."""

    def set_params(self, params):
        self.W[...] = params["W"]
        self.b[...] = params["b"]


class ExactLinear(CopyingLinear):
    """Knows its derivatives."""

    def loss_and_grads(self, X, y, task):
        aim = objective(task)
        outputs = self.forward(X)
        error = aim.gradient(outputs, y)
        grads = {"W": X.mean(axis=1).T @ error, "b": error.sum(axis=0)}
        return aim.loss(outputs, y), aim.metric(outputs, y), grads


KINDS = {
    "live": Linear,
    "copying": CopyingLinear,
    "in place": InPlaceLinear,
    "exact": ExactLinear,
}


@pytest.fixture
def make_model():
    """``make_model(kind, **arguments)``."""
    return lambda kind="exact", **arguments: KINDS[kind](**arguments)


@pytest.fixture(params=list(KINDS))
def kind(request):
    return request.param


@pytest.fixture
def separable():
    """Two classes of sequences [N, T, I] that a line parts."""
    rng = np.random.default_rng(5)
    y = rng.integers(0, 2, size=90)
    X = rng.standard_normal((90, 4, 3)) + 2.0 * (2 * y - 1)[:, None, None]
    return X, y
