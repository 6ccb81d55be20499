"""The logistic function at any argument."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tachograph.nptrain.models.activations import logistic, tanh_of_minus_half


@given(st.lists(st.floats(allow_nan=False), min_size=1))
def test_is_a_share_for_any_number_without_a_warning(values):
    with np.errstate(all="raise"):
        shares = logistic(values)

    assert ((shares > 0) & (shares <= 1)).all()


@given(st.floats(-600, 600))
def test_is_the_formula(x):
    expected = 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))

    assert logistic(x) == pytest.approx(expected, rel=1e-14)


def test_known_places():
    assert logistic([0.0, math.inf, math.log(3)]).tolist() == [0.5, 1.0, 0.75]
    assert logistic(-math.inf) < 1e-300
    assert math.isnan(logistic(math.nan))
    assert logistic(np.array([[3, -3]], dtype=np.int8)).sum() == pytest.approx(1.0)


@given(st.floats(-1e308, 1e308))
def test_the_hyperbolic_tangent_through_it(x):
    assert tanh_of_minus_half(np.array([x]))[0] == pytest.approx(math.tanh(-x / 2), abs=4e-16)
