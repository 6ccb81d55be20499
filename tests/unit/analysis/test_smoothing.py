"""Smoothed curves, windows and scatter against NumPy and against the rules written out."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tachograph.analysis import rolling, smooth, volatility
from tachograph.exceptions import ArgumentTypeError, InvalidArgumentError

NAN, INF = float("nan"), float("inf")

numbers = st.floats(-1e6, 1e6) | st.sampled_from([NAN, INF, -INF])
series = st.lists(numbers, max_size=60)


def tensorboards_rule(values, weight):
    """Line for line what its front end does."""
    last, n, smoothed = 0.0, 0, []
    constant = all(value == values[0] for value in values)
    for value in values:
        if constant or not math.isfinite(value):
            smoothed.append(value)
            continue
        last = last * weight + (1 - weight) * value
        n += 1
        smoothed.append(last / (1 - math.pow(weight, n)))
    return smoothed


@given(series, st.sampled_from([0.0, 0.5, 0.6, 0.9, 0.999]))
def test_tensorboards_smoothing_to_the_bit(values, weight):
    smoothed = smooth(values, method="tensorboard", weight=weight)

    assert smoothed.tolist() == pytest.approx(
        tensorboards_rule(values, weight), rel=1e-14, nan_ok=True
    )


@given(series, st.floats(0.01, 1.0))
def test_exponential_means_are_weighted_means(values, alpha):
    smoothed = smooth(values, method="exponential", alpha=alpha)
    for row, value in enumerate(smoothed):
        finite = [v for v in values[: row + 1] if math.isfinite(v)]
        weights = [(1 - alpha) ** (len(finite) - 1 - i) for i in range(len(finite))]
        mean = np.average(finite, weights=weights) if finite else NAN
        assert value == pytest.approx(mean, rel=1e-9, abs=1e-8, nan_ok=True)


@given(series, st.integers(1, 70))
def test_rolling_statistics_are_those_of_each_window(values, window):
    found = {name: rolling(values, window=window, statistic=name) for name in ("mean", "std")}
    slopes = rolling(values, window=window, statistic="slope")
    for row in range(len(values)):
        part = np.array(values[max(0, row + 1 - window) : row + 1])
        x, y = np.flatnonzero(np.isfinite(part)), part[np.isfinite(part)]
        mean, std = (y.mean(), y.std()) if len(y) else (NAN, NAN)
        assert found["mean"][row] == pytest.approx(mean, rel=1e-9, abs=1e-9, nan_ok=True)
        assert found["std"][row] == pytest.approx(std, rel=1e-7, abs=1e-9, nan_ok=True)
        slope = stats.linregress(x, y).slope if len(y) > 1 else NAN
        assert slopes[row] == pytest.approx(slope, rel=1e-7, abs=1e-7, nan_ok=True)


def test_the_rolling_mean_is_a_smoothing():
    values = np.random.default_rng(0).standard_normal(100)
    mean = np.convolve(values, np.full(8, 1 / 8), mode="valid")

    assert smooth(values, method="rolling", window=8)[7:] == pytest.approx(mean)
    assert np.array_equal(smooth(values, method="rolling"), rolling(values, window=20))


@given(series)
def test_scatter_is_numpys_and_scipys(values):
    finite = np.array([value for value in values if math.isfinite(value)])
    std, mad = volatility(values), volatility(values, method="mad")

    assert (
        (std.n, std.n_nonfinite)
        == (len(finite), len(values) - len(finite))
        == (mad.n, mad.n_nonfinite)
    )
    if not len(finite):
        assert all(map(math.isnan, (std.value, std.center, mad.value, mad.center)))
        return
    assert std.value == pytest.approx(finite.std(), rel=1e-9, abs=1e-9)
    assert std.center == pytest.approx(finite.mean(), rel=1e-9, abs=1e-9)
    assert mad.center == pytest.approx(np.median(finite), rel=1e-15)
    scaled = stats.median_abs_deviation(finite, scale="normal")
    assert mad.value == pytest.approx(scaled, rel=1e-12, abs=1e-300)


def test_a_large_offset_costs_nothing():
    noise = np.round(np.random.default_rng(0).standard_normal(999) * 64) / 8
    shifted = noise + 1e15

    assert volatility(shifted).value == pytest.approx(noise.std(), rel=1e-12)
    for statistic in ("std", "slope"):
        ours = rolling(shifted, window=50, statistic=statistic)
        assert ours == pytest.approx(rolling(noise, window=50, statistic=statistic), nan_ok=True)


def test_results_are_the_callers_own():
    values = np.ones(9)
    values.flags.writeable = False
    smoothed = smooth(values)
    smoothed[0] = 7.0

    assert values[0] == 1.0


def test_arguments_are_refused_by_name():
    with pytest.raises(InvalidArgumentError, match="method must be 'rolling', 'exponential' or"):
        smooth([1.0], method="gaussian")
    with pytest.raises(InvalidArgumentError, match="window says nothing to method='exponential'"):
        smooth([1.0], window=3)
    for alpha in (0.0, 1.5, NAN):
        with pytest.raises(InvalidArgumentError, match="alpha must be above 0 and at most 1"):
            smooth([1.0], alpha=alpha)
    for weight in (1.0, -0.1, NAN):
        with pytest.raises(InvalidArgumentError, match="weight must be at least 0 and below 1"):
            smooth([1.0], method="tensorboard", weight=weight)
    with pytest.raises(InvalidArgumentError, match="window must be at least 1, not 0"):
        rolling([1.0], window=0)
    with pytest.raises(ArgumentTypeError, match="window must be an int, not float"):
        rolling([1.0], window=2.0)
    with pytest.raises(InvalidArgumentError, match="statistic must be"):
        rolling([1.0], window=2, statistic="median")
    with pytest.raises(InvalidArgumentError, match="x"):
        rolling([1.0, 2.0], [1.0], window=2)
    with pytest.raises(InvalidArgumentError, match="method must be 'std' or 'mad'"):
        volatility([1.0], method="iqr")
