"""The course of a metric as characters."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tachograph.overview.sparkline import ASCII, BLOCKS, sparkline


def test_rising_series_rises():
    assert sparkline(np.arange(8.0), 8) == BLOCKS


def test_long_series_is_cut_to_the_width():
    assert sparkline(np.arange(1_000_003.0), 8) == BLOCKS


def test_short_series_is_not_stretched():
    assert sparkline(np.array([1.0, 2.0]), 32) == "▁█"


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ([], ""),
        ([5.0], "▄"),
        ([2.0, 2.0, 2.0], "▄▄▄"),
        ([np.nan, np.nan], "!!"),
        ([0.0, np.nan, 1.0], "▁!█"),
        ([np.inf, 0.0, 1.0], "!▁█"),
        ([1e308, -1e308, 1e308], "█▁█"),
    ],
)
def test_odd_series(values, shown):
    assert sparkline(np.array(values, dtype=np.float64), 32) == shown


def test_integers_and_plain_characters():
    assert sparkline(np.arange(8), 8, levels=ASCII) == ASCII


@given(st.lists(st.floats(), min_size=1, max_size=200), st.integers(1, 40))
def test_any_series_fits(values, width):
    line = sparkline(np.array(values), width)

    assert len(line) == min(width, len(values))
    assert set(line) <= {*BLOCKS, "!"}
