"""What both models promise: names, shapes, layouts, seeds, errors, extremes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_models import (
    HIDDEN_SIZE,
    INPUT_SIZE,
    LSTM_NAMES,
    MAKERS,
    MEMORY_NAMES,
    OUTPUT_SIZE,
    batch,
    scattered,
)

from tachograph.exceptions import ArgumentTypeError, InvalidArgumentError
from tachograph.nptrain.models import LSTM, RelationalRNN

both = pytest.mark.parametrize("name", MAKERS)


def add_one(arrays):
    """Writes into arrays that should be nobody else's."""
    for array in arrays:
        np.add(array, 1.0, out=array)


def test_parameters_have_their_names_and_number():
    lstm = LSTM(input_size=10, hidden_size=32, output_size=3)
    assert list(lstm.get_params()) == [*LSTM_NAMES, "W_out", "b_out"]
    assert lstm.n_parameters == sum(a.size for a in lstm.get_params().values()) == 5_603

    relational = RelationalRNN(input_size=10, hidden_size=32, output_size=3)
    assert list(relational.get_params()) == [*LSTM_NAMES, *MEMORY_NAMES, "W_out", "b_out"]
    assert relational.n_parameters == sum(a.size for a in relational.get_params().values())
    assert relational.n_parameters == 38_627


def test_parameters_have_their_shapes():
    shapes = {k: v.shape for k, v in RelationalRNN(10, 32, 3, 4, 64, 2).get_params().items()}

    for gate in "fico":
        assert shapes[f"W_{gate}"] == (32, 10)
        assert shapes[f"U_{gate}"] == (32, 32)
        assert shapes[f"b_{gate}"] == (32, 1)
    assert shapes["W_q"] == shapes["W_k"] == shapes["W_v"] == shapes["W_o_attn"] == (64, 64)
    assert (shapes["W_input"], shapes["b_input"]) == ((64, 32), (64, 1))
    assert (shapes["W_gate"], shapes["b_gate"]) == ((64, 96), (64, 1))
    assert (shapes["W_update"], shapes["b_update"]) == ((64, 64), (64, 1))
    assert (shapes["W_memory_read"], shapes["b_memory_read"]) == ((32, 64), (32, 1))
    assert (shapes["W_combine"], shapes["b_combine"]) == ((32, 64), (32, 1))
    assert (shapes["W_out"], shapes["b_out"]) == ((3, 32), (3, 1))


@both
def test_without_an_output_size_there_is_no_projection(name):
    model = MAKERS[name](output_size=None)
    X, _ = batch()

    assert not {"W_out", "b_out"} & set(model.get_params())
    assert model.forward(X).shape == (6, HIDDEN_SIZE)
    outputs, h, *_ = model.forward(X, return_sequences=True, return_state=True)
    assert outputs.shape == (6, 7, HIDDEN_SIZE)
    if name == "LSTM":
        assert np.array_equal(outputs[:, -1], h)


@both
def test_first_weights_follow_their_rules(name):
    params = MAKERS[name](hidden_size=40, slot_size=40) if name != "LSTM" else LSTM(3, 40, 2, rng=0)
    params = params.get_params()
    limit = np.sqrt(6 / (40 + INPUT_SIZE))

    for gate in "fico":
        np.testing.assert_allclose(
            params[f"U_{gate}"] @ params[f"U_{gate}"].T, np.eye(40), atol=1e-12
        )
        largest = np.abs(params[f"W_{gate}"]).max()
        assert 0.9 * limit < largest <= limit
        assert np.all(params[f"b_{gate}"] == (1.0 if gate == "f" else 0.0))


@both
def test_shapes_of_outputs_and_state(name):
    model = MAKERS[name]()
    X, _ = batch(6, 7)

    assert model.forward(X).shape == (6, OUTPUT_SIZE)
    assert model.forward(X, return_sequences=True).shape == (6, 7, OUTPUT_SIZE)
    last, *state = model.forward(X, return_state=True)
    assert last.shape == (6, OUTPUT_SIZE)
    expected = [(6, HIDDEN_SIZE), (6, HIDDEN_SIZE)] + [(6, 3, 4)] * (name == "RelationalRNN")
    assert [array.shape for array in state] == expected


@both
def test_the_last_output_is_the_last_of_the_sequence(name):
    model = scattered(MAKERS[name]())
    X, _ = batch()

    np.testing.assert_allclose(
        model.forward(X), model.forward(X, return_sequences=True)[:, -1], rtol=0, atol=1e-15
    )


@both
def test_an_output_knows_nothing_of_later_steps(name):
    model = scattered(MAKERS[name]())
    X, _ = batch(4, 9)

    whole = model.forward(X, return_sequences=True)

    for n_steps in range(1, 9):
        np.testing.assert_allclose(model.forward(X[:, :n_steps]), whole[:, n_steps - 1], atol=1e-14)


@both
@pytest.mark.parametrize("n_samples", [1, 2, 3, 4, 5, 6, 7, 8, 33])
def test_a_batch_is_its_samples_one_by_one(name, n_samples):
    # Among them batches as large as the input, the hidden state, the slots, the steps.
    model = scattered(MAKERS[name]())
    X, _ = batch(n_samples, 5)

    together = model.forward(X, return_sequences=True, return_state=True)

    for index in range(n_samples):
        alone = model.forward(X[index : index + 1], return_sequences=True, return_state=True)
        for whole, part in zip(together, alone, strict=True):
            np.testing.assert_allclose(whole[index], part[0], rtol=0, atol=1e-12)


@both
def test_eight_samples_of_eight_units_are_not_mixed(name):
    model = MAKERS[name](input_size=8, hidden_size=8, output_size=8)
    X, _ = batch(8, 8, input_size=8)

    together = model.forward(X)

    alone = np.concatenate([model.forward(X[index : index + 1]) for index in range(8)])
    np.testing.assert_allclose(together, alone, rtol=0, atol=1e-12)


@both
@pytest.mark.parametrize("n_samples", [255, 256, 257, 600])
def test_a_whole_data_set_is_its_parts(name, n_samples):
    model = scattered(MAKERS[name]())
    X, _ = batch(n_samples, 3)

    together = model.forward(X, return_sequences=True, return_state=True)

    parts = [
        model.forward(X[k : k + 100], True, return_state=True) for k in range(0, n_samples, 100)
    ]
    for whole, pieces in zip(together, zip(*parts, strict=True), strict=True):
        np.testing.assert_allclose(whole, np.concatenate(pieces), rtol=0, atol=1e-12)
    np.testing.assert_allclose(model.forward(X), together[0][:, -1], rtol=0, atol=1e-12)


@both
def test_gradients_of_a_batch_are_the_mean_of_its_samples(name):
    model = scattered(MAKERS[name]())
    X, y = batch(HIDDEN_SIZE, 5)

    together = model.loss_and_grads(X, y)[2]

    alone = [model.loss_and_grads(X[k : k + 1], y[k : k + 1])[2] for k in range(len(X))]
    for key, gradient in together.items():
        mean = sum(one[key] for one in alone) / len(alone)
        np.testing.assert_allclose(gradient, mean, rtol=0, atol=1e-12)


@both
def test_inputs_of_any_real_type_and_order_count_alike(name):
    model = MAKERS[name]()
    X = np.random.default_rng(0).integers(-3, 4, (4, 5, INPUT_SIZE))
    expected = model.forward(X.astype(np.float64))

    strided = np.zeros((4, 10, INPUT_SIZE * 2))[:, ::2, ::2]
    strided[...] = X
    for same in (X, X.astype(np.float32), X.tolist(), np.asfortranarray(X), strided):
        assert np.array_equal(model.forward(same), expected)


@both
def test_inputs_stay_as_they_are(name):
    model = MAKERS[name]()
    X, y = batch()
    X_before, y_before = X.copy(), y.copy()
    X.setflags(write=False)

    model.forward(X, return_sequences=True)
    model.loss_and_grads(X, y)

    assert np.array_equal(X, X_before)
    assert np.array_equal(y, y_before)


@both
def test_parameters_go_round_to_the_bit(name):
    model, other = scattered(MAKERS[name]()), MAKERS[name](rng=9)
    X, _ = batch()
    params = model.get_params()

    other.set_params(params)

    for key, array in other.get_params().items():
        assert array.tobytes() == params[key].tobytes()
        assert array.dtype == np.float64
    assert np.array_equal(other.forward(X), model.forward(X))


@both
def test_what_get_params_gave_is_the_callers_own(name):
    model = MAKERS[name]()
    X, _ = batch()
    before = model.forward(X)

    given = model.get_params()
    add_one(given.values())
    assert np.array_equal(model.forward(X), before)

    model.set_params(given)
    after = model.forward(X)
    add_one(given.values())
    assert np.array_equal(model.forward(X), after)


@both
def test_a_computation_leaves_parameters_and_returns_arrays_of_its_own(name):
    model = MAKERS[name](output_size=None)
    X, _ = batch()
    y = np.zeros((6, HIDDEN_SIZE))
    params = model.get_params()
    first = model.forward(X, return_state=True)
    kept = [array.copy() for array in first]

    model.loss_and_grads(X, y, "regression")
    add_one(first)

    for again, before in zip(model.forward(X, return_state=True), kept, strict=True):
        assert np.array_equal(again, before)
    for key, array in model.get_params().items():
        assert np.array_equal(array, params[key])


@both
def test_parameters_that_do_not_fit_change_nothing(name):
    model = MAKERS[name]()
    before = model.get_params()
    zeros = {key: np.zeros_like(array) for key, array in before.items()}
    wrong = {
        "missing: b_f": {key: array for key, array in zeros.items() if key != "b_f"},
        "unknown: b_x": zeros | {"b_x": np.zeros(1)},
        r"params\['b_f'\] must have the shape \(5, 1\); its shape is \(5,\)": zeros
        | {"b_f": np.zeros(5)},
        r"params\['U_o'\] must be an array of real numbers": zeros
        | {"U_o": np.zeros((5, 5), dtype=complex)},
        "must be a dict": list(zeros.values()),
    }

    for message, params in wrong.items():
        with pytest.raises(InvalidArgumentError, match=message):
            model.set_params(params)
        for key, array in model.get_params().items():
            assert np.array_equal(array, before[key])


@both
def test_parameters_of_other_real_types_are_taken(name):
    model = MAKERS[name]()
    ints = {key: np.ones(array.shape, dtype=np.int32) for key, array in model.get_params().items()}

    model.set_params(ints)

    assert all(
        array.dtype == np.float64 and (array == 1).all() for array in model.get_params().values()
    )


@both
def test_a_seed_gives_the_same_model_and_leaves_numpys_own_state(name):
    state = np.random.get_state()  # noqa: NPY002 -- that it is left alone is the point
    first, second, third = (MAKERS[name](rng=rng).get_params() for rng in (7, 7, 8))
    generator = MAKERS[name](rng=np.random.default_rng(7)).get_params()
    unseeded = MAKERS[name](rng=None).get_params()

    for key, array in first.items():
        assert np.array_equal(array, second[key])
        assert np.array_equal(array, generator[key])
    assert not np.array_equal(first["W_f"], third["W_f"])
    assert not np.array_equal(first["W_f"], unseeded["W_f"])
    after = np.random.get_state()  # noqa: NPY002
    assert all(np.array_equal(a, b) for a, b in zip(state, after, strict=True))


@both
@pytest.mark.parametrize(
    "shape",
    [(), (3,), (7, 3), (6, 7, 2), (6, 3, 7), (0, 7, 3), (6, 0, 3), (1, 6, 7, 3)],
    ids=str,
)
def test_inputs_of_another_shape_are_refused(name, shape):
    model = MAKERS[name]()
    message = rf"X must have the shape \(samples, steps, 3\).*its shape is \({str(shape)[1:-1]}\)"

    with pytest.raises(InvalidArgumentError, match=message):
        model.forward(np.zeros(shape))
    with pytest.raises(ValueError, match=message):
        model.loss_and_grads(np.zeros(shape), [0])


@both
def test_inputs_that_are_no_real_numbers_are_refused(name):
    for values in ([["a"]], np.zeros((1, 1, 3), dtype=complex), [[[1.0, 2.0]], [[1.0]]]):
        with pytest.raises(InvalidArgumentError, match="X must be an array of real numbers"):
            MAKERS[name]().forward(values)


@both
def test_an_unknown_task_is_refused(name):
    X, y = batch()

    with pytest.raises(InvalidArgumentError, match="task must be 'classification' or 'regression'"):
        MAKERS[name]().loss_and_grads(X, y, "ranking")


@both
def test_targets_that_do_not_fit_are_refused(name):
    X, y = batch()

    with pytest.raises(InvalidArgumentError, match="targets"):
        MAKERS[name]().loss_and_grads(X, y[:-1])
    with pytest.raises(InvalidArgumentError, match="targets"):
        MAKERS[name]().loss_and_grads(X, np.zeros((6, OUTPUT_SIZE + 1)), "regression")


@both
def test_sizes_are_whole_numbers_of_at_least_one(name):
    for argument in ("input_size", "hidden_size", "output_size"):
        with pytest.raises(InvalidArgumentError, match=f"{argument} must be at least 1, not 0"):
            MAKERS[name](**{argument: 0})
        with pytest.raises(ArgumentTypeError, match=f"{argument} must be an int, not float"):
            MAKERS[name](**{argument: 2.0})


@both
@pytest.mark.parametrize("scale", [1e4, 1e200, np.finfo(np.float64).max])
def test_weights_of_any_finite_size_give_no_warning(name, scale):
    model = MAKERS[name]()
    X, y = batch()
    signs = np.random.default_rng(0)
    model.set_params(
        {
            key: scale * signs.choice([-1.0, 1.0], array.shape)
            for key, array in model.get_params().items()
        }
    )

    outputs = model.forward(X, return_sequences=True)
    loss, _, gradients = model.loss_and_grads(X, y)

    if scale == 1e4:
        assert np.isfinite(outputs).all()
        assert np.isfinite(loss)
        assert all(np.isfinite(gradient).all() for gradient in gradients.values())


@both
@pytest.mark.parametrize("value", [1e4, -1e4, 1e200, np.finfo(np.float64).max, np.nan, np.inf])
def test_inputs_of_any_size_give_no_warning(name, value):
    model = MAKERS[name]()
    X, y = batch()
    X[2, 3, 1] = value

    outputs = model.forward(X)
    model.loss_and_grads(X, y)

    others = np.arange(len(X)) != 2
    assert np.isfinite(outputs[others]).all()
    if np.isfinite(value):
        assert np.isfinite(outputs).all()
    if np.isnan(value):
        assert np.isnan(outputs[2]).all()


@given(
    n_samples=st.integers(1, 5),
    n_steps=st.integers(1, 6),
    input_size=st.integers(1, 5),
    hidden_size=st.integers(1, 6),
    output_size=st.none() | st.integers(1, 4),
    num_slots=st.integers(1, 5),
    head_size=st.integers(1, 3),
    num_heads=st.integers(1, 3),
    seed=st.integers(0, 2**32),
)
@settings(max_examples=60)
def test_any_sizes_go_together(
    n_samples, n_steps, input_size, hidden_size, output_size, num_slots, head_size, num_heads, seed
):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n_samples, n_steps, input_size))
    width = hidden_size if output_size is None else output_size
    memory = {"num_slots": num_slots, "slot_size": head_size * num_heads, "num_heads": num_heads}
    for model in (
        LSTM(input_size, hidden_size, output_size, rng=rng),
        RelationalRNN(input_size, hidden_size, output_size, **memory, rng=rng),
    ):
        outputs = model.forward(X, return_sequences=True)
        assert outputs.shape == (n_samples, n_steps, width)
        assert np.isfinite(outputs).all()
        loss, metric, gradients = model.loss_and_grads(
            X, np.zeros((n_samples, width)), "regression"
        )
        assert metric == -loss
        for key, array in model.get_params().items():
            assert gradients[key].shape == array.shape
            assert np.isfinite(gradients[key]).all()
