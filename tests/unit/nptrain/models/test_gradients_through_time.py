"""Exact gradients against central differences, every number of every parameter."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_models import MAKERS, OUTPUT_SIZE, batch, scattered

from tachograph.nptrain import objective
from tachograph.nptrain.models import LSTM, RelationalRNN

TASKS = ("classification", "regression")
EPSILON = 1e-5


def central_differences(model, X, y, task):
    loss = objective(task).loss
    params = model.get_params()
    gradients = {}
    for name, array in params.items():
        gradients[name] = np.empty_like(array)
        for place in np.ndindex(array.shape):
            sides = []
            for shift in (EPSILON, -EPSILON):
                moved = array.copy()
                moved[place] += shift
                model.set_params(params | {name: moved})
                sides.append(loss(model.forward(X), y))
            gradients[name][place] = (sides[0] - sides[1]) / (2 * EPSILON)
    model.set_params(params)
    return gradients


def assert_exact(model, X, y, task):
    loss, metric, gradients = model.loss_and_grads(X, y, task)

    assert loss == pytest.approx(objective(task).loss(model.forward(X), y), rel=1e-14)
    assert metric == pytest.approx(objective(task).metric(model.forward(X), y), rel=1e-14)
    assert list(gradients) == list(model.get_params())
    for name, expected in central_differences(model, X, y, task).items():
        exact = gradients[name]
        assert exact.shape == expected.shape
        bound = 1e-7 * np.abs(exact).max() + 1e-9
        assert np.abs(exact - expected).max() <= bound, name


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("name", MAKERS)
def test_at_first_weights(name, task):
    assert_exact(MAKERS[name](), *batch(task=task), task)


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("name", MAKERS)
def test_at_weights_anywhere(name, task):
    assert_exact(scattered(MAKERS[name]()), *batch(task=task), task)


@pytest.mark.parametrize("name", MAKERS)
def test_through_thirty_steps(name):
    memory = {"num_slots": 2, "slot_size": 2} if name == "RelationalRNN" else {}
    model = MAKERS[name](hidden_size=3, **memory)

    assert_exact(scattered(model, scale=0.2), *batch(2, 30), "classification")


@pytest.mark.parametrize("name", MAKERS)
def test_through_a_single_step(name):
    model = scattered(MAKERS[name]())
    X, y = batch(4, 1)

    assert_exact(model, X, y, "classification")
    assert not any(model.loss_and_grads(X, y)[2][f"U_{gate}"].any() for gate in "fico")


@pytest.mark.parametrize("name", MAKERS)
def test_without_a_projection(name):
    model = scattered(MAKERS[name](hidden_size=OUTPUT_SIZE, output_size=None))

    assert_exact(model, *batch(task="regression"), "regression")


@pytest.mark.parametrize(
    "sizes",
    [
        {"num_slots": 1},
        {"num_slots": 6, "slot_size": 4},  # more slots than numbers a slot
        {"slot_size": 5, "num_heads": 5},  # as wide as the hidden state: no W_input
        {"num_heads": 1},
    ],
    ids=str,
)
def test_of_other_memories(sizes):
    assert_exact(scattered(MAKERS["RelationalRNN"](**sizes)), *batch(3, 5), "classification")


@given(
    inputs=st.integers(1, 3),
    hidden=st.integers(1, 4),
    outputs=st.integers(1, 3),
    samples=st.integers(1, 4),
    steps=st.integers(1, 4),
    slots=st.integers(1, 3),
    width=st.integers(1, 2),
    heads=st.integers(1, 2),
    relational=st.booleans(),
)
@settings(max_examples=15)
def test_of_any_shape(inputs, hidden, outputs, samples, steps, slots, width, heads, relational):
    memory = {"num_slots": slots, "slot_size": heads * width, "num_heads": heads}
    model = (
        RelationalRNN(inputs, hidden, outputs, **memory, rng=5)
        if relational
        else LSTM(inputs, hidden, outputs, rng=5)
    )
    rng = np.random.default_rng(6)
    X = rng.standard_normal((samples, steps, inputs))

    assert_exact(scattered(model), X, rng.standard_normal((samples, outputs)), "regression")
