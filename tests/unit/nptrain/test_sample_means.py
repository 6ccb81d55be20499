"""Means of means stay within them."""

import math
from sys import float_info

import numpy as np
import pytest

from tachograph.exceptions import ArgumentTypeError
from tachograph.nptrain.real_arrays import single_number
from tachograph.nptrain.sample_means import sample_mean

LARGEST = float_info.max


@pytest.mark.parametrize("n", [1, 2, 3, 49, 98, 103])
@pytest.mark.parametrize("value", [LARGEST, -LARGEST])
def test_a_mean_of_finite_ones_is_finite(n, value):
    assert sample_mean([value] * n, [1] * n) == pytest.approx(value, rel=1e-12)


def test_a_mean_of_what_is_not_finite_is_not():
    assert sample_mean([math.inf, 1.0], [1, 1]) == math.inf
    assert math.isnan(sample_mean([math.nan, LARGEST, LARGEST], [1, 1, 1]))


def test_a_masked_number_is_none():
    with pytest.raises(ArgumentTypeError, match="loss must be one real number, not a masked one"):
        single_number(np.ma.masked, "loss")
    assert single_number(np.ma.masked_array(2.0), "loss") == 2.0
