"""The global norm is bounded, for any finite gradients."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tachograph import NonFiniteGradientError
from tachograph.nptrain import clip_gradients

finite = st.floats(allow_nan=False, allow_infinity=False, width=64)
gradients = st.dictionaries(
    st.sampled_from("abc"),
    hnp.arrays(np.float64, hnp.array_shapes(min_dims=0, max_dims=3), elements=finite),
)


def long_norm(grads):
    squares = [np.square(grad.astype(np.longdouble)).sum() for grad in grads.values()]
    return np.sqrt(sum(squares, np.longdouble(0)))


@given(gradients, st.floats(1e-3, 1e6))
def test_the_norm_is_that_of_longer_floats_and_no_larger_than_allowed_afterwards(grads, max_norm):
    before = {name: grad.copy() for name, grad in grads.items()}

    clipped, norm = clip_gradients(grads, max_norm)
    expected = long_norm(grads)

    assert type(norm) is float
    with np.errstate(over="ignore"):
        assert norm == pytest.approx(float(expected), rel=1e-12, abs=5e-324)
    assert clipped.keys() == grads.keys()
    for name, grad in grads.items():
        assert np.array_equal(grad, before[name])
        assert clipped[name].shape == grad.shape
        assert not np.shares_memory(clipped[name], grad)
        if norm <= max_norm:
            assert np.array_equal(clipped[name], grad)
    if norm > max_norm:
        assert float(long_norm(clipped)) == pytest.approx(max_norm, rel=1e-12)


def test_the_direction_stays():
    clipped, norm = clip_gradients({"a": np.array([3e200]), "b": np.array([[4e200]])}, 5.0)

    assert norm == pytest.approx(5e200)
    assert clipped["a"] == pytest.approx(3.0)
    assert clipped["b"] == pytest.approx(4.0)


def test_a_norm_beyond_float64_is_infinite_and_still_clipped():
    clipped, norm = clip_gradients({"a": np.full(4, 1.7e308)}, 1.0)

    assert norm == math.inf
    assert clipped["a"] == pytest.approx(0.5)


def test_no_gradients_have_no_norm():
    assert clip_gradients({}) == ({}, 0.0)
    assert clip_gradients({"a": np.zeros(3)})[1] == 0.0
    assert clip_gradients({"a": np.empty(0)})[1] == 0.0


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf])
def test_a_gradient_that_is_no_number_is_named(wrong):
    grads = {"sound": np.ones(2), "broken": np.array([[1.0, wrong], [wrong, 0.0]])}

    with pytest.raises(NonFiniteGradientError, match="'broken' holds 2 of 4") as caught:
        clip_gradients(grads)

    assert caught.value.parameter == "broken"
    assert isinstance(caught.value, ValueError)


def test_float32_stays_float32_and_integers_become_float64():
    clipped, _ = clip_gradients({"a": np.full(9, 4.0, dtype=np.float32), "b": np.array([3])}, 1.0)

    assert clipped["a"].dtype == np.float32
    assert clipped["b"].dtype == np.float64


@pytest.mark.parametrize("max_norm", [0.0, -1.0, math.nan])
def test_a_bound_that_is_none_is_refused(max_norm):
    with pytest.raises(ValueError, match="max_norm must be above 0"):
        clip_gradients({"a": np.ones(2)}, max_norm)


def test_an_infinite_bound_only_measures():
    assert clip_gradients({"a": np.array([3.0, 4.0])}, math.inf)[1] == 5.0


@pytest.mark.skipif(np.finfo(np.longdouble).max <= np.finfo(np.float64).max, reason="no wider type")
def test_longdoubles_beyond_float64_are_clipped_in_their_own_type():
    huge = np.longdouble("1e400")
    grads = {"a": np.array([3 * huge, -4 * huge]), "b": np.zeros(2)}

    clipped, norm = clip_gradients(grads, 10.0)

    assert norm == math.inf
    assert clipped["a"].dtype == np.longdouble
    assert clipped["a"].astype(np.float64) == pytest.approx([6.0, -8.0], rel=1e-15)
    assert clip_gradients(grads, math.inf)[0]["a"].tolist() == grads["a"].tolist()
    assert grads["a"][0] == 3 * huge


@pytest.mark.skipif(np.finfo(np.longdouble).max <= np.finfo(np.float64).max, reason="no wider type")
def test_a_longdouble_that_is_no_number_is_named():
    with pytest.raises(NonFiniteGradientError, match="'a' holds 1 of 2"):
        clip_gradients({"a": np.array([np.longdouble("1e400"), np.longdouble("inf")])})
