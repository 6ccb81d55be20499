"""Every sample once, with its own target."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tachograph.nptrain import create_batches


@given(st.integers(0, 50), st.integers(1, 60), st.booleans(), st.integers(0, 2**40))
def test_batches_cover_the_data_once_and_keep_pairs(n, batch_size, shuffle, seed):
    X, y = np.arange(3.0 * n).reshape(n, 3), np.arange(n)

    batches = list(create_batches(X, y, batch_size, shuffle, seed))

    sizes = [len(part) for _, part in batches]
    assert all(size == batch_size for size in sizes[:-1])
    assert all(0 < size <= batch_size for size in sizes)
    order = [int(target) for _, part in batches for target in part]
    assert sorted(order) == list(range(n))
    if not shuffle:
        assert order == list(range(n))
    for X_batch, y_batch in batches:
        assert np.array_equal(X_batch, X[y_batch])


def test_an_order_repeats_with_its_seed_only_and_leaves_the_global_state_alone():
    X = y = np.arange(100)
    state = str(np.random.get_state())  # noqa: NPY002 -- the state that must not change

    def order(rng):
        return next(create_batches(X, y, 100, rng=rng))[1].tolist()

    assert order(3) == order(np.random.default_rng(3))
    assert order(3) != order(4)
    assert order(None) != order(None)
    assert str(np.random.get_state()) == state  # noqa: NPY002


def test_no_generator_is_made_for_the_order_of_the_data(monkeypatch):
    monkeypatch.setattr(np.random, "default_rng", None)

    batches = create_batches([[1.0], [2.0]], [0, 1], 1, shuffle=False)

    assert [y_batch.tolist() for _, y_batch in batches] == [[0], [1]]


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        (([1, 2], [1]), ValueError, r"their shapes are \(2,\) and \(1,\)"),
        (([1], [1], 0), ValueError, "batch_size must be at least 1"),
        (([1], [1], 1.0), TypeError, "batch_size must be an int"),
        (([1], [1], 1, True, "x"), TypeError, "rng must be a seed"),
        (([1], [1], 1, True, -1), ValueError, "rng must be at least 0"),
        (([1], [1], 1, False, "x"), TypeError, "rng must be a seed"),
        ((["a"], [1]), ValueError, "X must be an array of real numbers"),
        ((1.0, 1.0), ValueError, "as many samples"),
    ],
)
def test_what_cannot_be_is_refused_when_called(arguments, error, says):
    with pytest.raises(error, match=says):
        create_batches(*arguments)
