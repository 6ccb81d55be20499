"""A curve in fewer points keeps its ends, its extremes and its gaps."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tachograph.curves import Curve
from tachograph.curves.band import means_between
from tachograph.exceptions import ArgumentTypeError, InvalidArgumentError

INF, NAN = float("inf"), float("nan")


def curve(y, x=None):
    y = np.asarray(y, dtype=np.float64)
    return Curve("loss", "step", np.arange(len(y)) if x is None else np.asarray(x), y)


def noise(n):
    return np.random.default_rng(0).standard_normal(n)


class TestThinned:
    def test_few_points_stay_as_they_are(self):
        thinned = curve([3.0, 1.0, 2.0], [5, 7, 9]).thinned(10)

        assert thinned.x.tolist() == [5, 7, 9]
        assert thinned.y.tolist() == [3.0, 1.0, 2.0]

    def test_labels_stay_integers(self):
        assert curve(noise(10_000)).thinned(100).x.dtype == np.int64

    def test_first_last_lowest_and_highest_are_kept(self):
        y = noise(100_000)
        y[17_001], y[80_003] = -50.0, 60.0

        thinned = curve(y).thinned(200)

        assert len(thinned) <= 202
        assert (thinned.x[0], thinned.x[-1]) == (0, 99_999)
        assert dict(zip(thinned.x, thinned.y, strict=True))[17_001] == -50.0
        assert dict(zip(thinned.x, thinned.y, strict=True))[80_003] == 60.0

    def test_a_single_lost_value_is_a_gap(self):
        y = noise(100_000)
        y[40_000] = NAN

        thinned = curve(y).thinned(200)

        assert thinned.x[np.isnan(thinned.y)].tolist() == [40_000]

    def test_a_long_gap_is_one_nan(self):
        y = noise(100_000)
        y[40_000:60_000] = INF

        thinned = curve(y).thinned(200)

        assert np.flatnonzero(np.isnan(thinned.y)).size == 1
        assert not np.any((thinned.x > 40_000) & (thinned.x < 60_000))
        assert {39_999, 60_000} <= set(thinned.x.tolist())

    def test_gaps_too_narrow_to_be_seen_do_not_take_the_line_apart(self):
        y = noise(100_000)
        y[::3] = NAN
        y[50_000:70_000] = NAN

        thinned = curve(y).thinned(400)

        assert len(thinned) < 500
        inner = thinned.x[np.isnan(thinned.y)]
        assert inner[(inner > 0) & (inner < 99_999)].tolist() == [50_000]

    @pytest.mark.parametrize(("every", "stretch"), [(520, 10), (520, 600 - 80), (501, 100)])
    def test_gaps_that_are_wide_and_many_leave_about_as_many_points_as_wanted(self, every, stretch):
        y = noise(200_000)
        y[np.arange(len(y)) % every >= stretch] = NAN
        y[60_000:64_000] = NAN

        thinned = curve(y).thinned(400)

        assert len(thinned) <= 400 * 1.5
        inner = thinned.x[np.isnan(thinned.y)]
        assert np.any((inner >= 59_400) & (inner < 64_000))  # the widest of them stays

    def test_of_gaps_of_many_widths_the_widest_stay(self):
        y = noise(200_000)
        for at in range(1, 190):
            y[at * 1000 : at * 1000 + 501 + at] = NAN

        thinned = curve(y).thinned(400)

        assert len(thinned) <= 400 * 13 / 8  # a gap for eight, and four points between two
        inner = thinned.x[np.isnan(thinned.y)]
        assert inner.tolist() == [at * 1000 for at in range(140, 190)]

    def test_curves_without_any_number_are_empty_to_look_at(self):
        assert len(curve([]).thinned(4)) == 0
        assert np.isnan(curve([NAN] * 5000).thinned(4).y).all()
        assert np.isnan(curve([INF, -INF] * 5000).thinned(4).y).all()

    @pytest.mark.parametrize(
        ("n_out", "error"),
        [(3, InvalidArgumentError), (1.5, ArgumentTypeError), (True, ArgumentTypeError)],
    )
    def test_an_impossible_number_of_points_is_refused(self, n_out, error):
        with pytest.raises(error, match="n_out"):
            curve([1.0]).thinned(n_out)

    @given(
        y=arrays.arrays(np.float64, st.integers(1, 300)),
        n_out=st.integers(4, 50),
    )
    def test_of_any_values_the_extremes_are_kept_and_the_points_are_the_curves_own(self, y, n_out):
        given_curve = curve(y)
        thinned = given_curve.thinned(n_out)

        shown = np.isfinite(thinned.y)
        assert np.all(np.diff(thinned.x) > 0)
        assert (thinned.x[0], thinned.x[-1]) == (0, len(y) - 1)
        assert thinned.y[shown].tolist() == y[thinned.x[shown]].tolist()
        finite = y[np.isfinite(y)]
        if len(finite):
            assert thinned.y[shown].min() == finite.min()
            assert thinned.y[shown].max() == finite.max()


class TestBand:
    def test_bins_hold_their_extremes(self):
        band = curve([1.0, 5.0, 2.0, -3.0, 0.0, 7.0]).band(2)

        assert band.low.tolist() == [1.0, -3.0]
        assert band.high.tolist() == [5.0, 7.0]
        assert band.x.tolist() == [1.0, 4.0]

    def test_bins_are_of_equal_width_and_empty_ones_left_out(self):
        band = curve([1.0, 2.0, 3.0, 9.0], [0, 1, 2, 100]).band(3)

        assert band.high.tolist() == [3.0, 9.0]

    def test_lost_values_take_no_part_and_a_bin_of_them_is_a_gap(self):
        band = curve([1.0, NAN, INF, NAN, 4.0, 5.0]).band(3)

        assert band.low[0] == band.high[0] == 1.0
        assert np.isnan(band.low[1])
        assert np.isnan(band.high[1])
        assert (band.low[2], band.high[2]) == (4.0, 5.0)

    def test_an_empty_curve_has_an_empty_band(self):
        assert len(curve([]).band(10).x) == 0

    def test_no_bin_is_refused(self):
        with pytest.raises(InvalidArgumentError, match="n_bins"):
            curve([1.0]).band(0)

    @given(
        y=arrays.arrays(np.float64, st.integers(1, 100)),
        x=st.lists(st.integers(-(2**63), 2**63 - 1), min_size=100, max_size=100),
        n_bins=st.integers(1, 40),
    )
    def test_of_any_curve_the_band_has_its_extremes(self, y, x, n_bins):
        band = curve(y, np.sort(np.array(x[: len(y)], dtype=np.int64))).band(n_bins)

        assert len(band.x) <= max(n_bins, 1)
        assert np.all(np.isfinite(band.x))
        finite = y[np.isfinite(y)]
        if len(finite):
            assert np.nanmin(band.low) == finite.min()
            assert np.nanmax(band.high) == finite.max()

    def test_means_of_the_largest_floats_are_finite(self):
        means = means_between(np.full(30_000, 1e308), np.array([0, 10_000]))

        assert means.tolist() == [pytest.approx(1e308)] * 2


class TestSmoothed:
    def test_it_is_what_tensorboard_draws(self):
        smoothed = curve([1.0, 3.0]).smoothed(0.5)

        assert smoothed.y == pytest.approx([1.0, (1 * 0.25 + 3 * 0.5) / 0.75])
        assert smoothed.x.tolist() == [0, 1]

    def test_a_weight_out_of_bounds_is_refused(self):
        with pytest.raises(InvalidArgumentError, match="weight"):
            curve([1.0]).smoothed(1.0)
