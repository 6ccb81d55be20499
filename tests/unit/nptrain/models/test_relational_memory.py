"""The memory of the relational network: slots that differ, and what may be set of it."""

import numpy as np
import pytest
from small_models import MAKERS, batch

from tachograph.exceptions import ArgumentTypeError, InvalidArgumentError
from tachograph.nptrain.models import RelationalRNN


def smallest_distance(memory):
    """Between any two slots of any sample."""
    apart = np.linalg.norm(memory[:, :, np.newaxis] - memory[:, np.newaxis], axis=-1)
    return apart[:, ~np.eye(memory.shape[1], dtype=bool)].min()


@pytest.mark.parametrize(("n_steps", "at_least"), [(1, 0.5), (8, 0.1), (28, 1e-2), (100, 1e-7)])
def test_slots_stay_distinct(n_steps, at_least):
    for seed in range(5):
        model = RelationalRNN(10, 32, 3, rng=seed)
        X, _ = batch(4, n_steps, input_size=10, seed=seed)

        *_, memory = model.forward(X, return_state=True)

        assert memory.shape == (4, 4, 64)
        assert smallest_distance(memory) > at_least


def test_slots_stay_distinct_where_there_are_more_of_them_than_numbers_in_one():
    model = MAKERS["RelationalRNN"](num_slots=11, slot_size=4)
    X, _ = batch(3, 8)

    *_, memory = model.forward(X, return_state=True)

    assert smallest_distance(memory) > 1e-3


def test_samples_do_not_share_their_memory():
    model = MAKERS["RelationalRNN"]()
    X, _ = batch(3, 4)

    *_, memory = model.forward(X, return_state=True)

    assert not np.allclose(memory[0], memory[1])


def test_the_input_projection_is_there_only_where_sizes_differ():
    differ = MAKERS["RelationalRNN"](hidden_size=5, slot_size=4).get_params()
    agree = MAKERS["RelationalRNN"](hidden_size=4, slot_size=4).get_params()

    assert {"W_input", "b_input"} <= set(differ)
    assert set(differ) - set(agree) == {"W_input", "b_input"}


def test_a_slot_is_divided_among_the_heads():
    with pytest.raises(ValueError, match=r"num_heads must divide .* 64; it is 3"):
        RelationalRNN(10, 32, 3, num_heads=3)
    with pytest.raises(InvalidArgumentError, match="num_heads must divide"):
        RelationalRNN(10, 32, 3, slot_size=10, num_heads=4)


def test_sizes_of_the_memory_are_whole_numbers_of_at_least_one():
    for argument in ("num_slots", "slot_size", "num_heads"):
        with pytest.raises(InvalidArgumentError, match=f"{argument} must be at least 1, not 0"):
            RelationalRNN(10, 32, 3, **{argument: 0})
        with pytest.raises(ArgumentTypeError, match=f"{argument} must be an int, not float"):
            RelationalRNN(10, 32, 3, **{argument: 4.0})


def test_defaults_and_their_order():
    by_order = RelationalRNN(10, 32, 3, 4, 64, 2, rng=0).get_params()
    by_default = RelationalRNN(10, 32, 3, rng=0).get_params()

    assert all(np.array_equal(by_order[name], array) for name, array in by_default.items())
