"""Lines and tests against SciPy, and against exact fractions."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tachograph.analysis import mann_kendall, theil_sen, trend
from tachograph.exceptions import ArgumentTypeError, InvalidArgumentError

NAN, INF = float("nan"), float("inf")

curves = st.lists(st.integers(-1000, 1000).map(lambda n: n / 64), min_size=3, max_size=60)


def exact_line(x, y):
    """Slope, intercept and squared standard error as fractions; None without two x."""
    x, y = [Fraction(value) for value in x], [Fraction(value) for value in y]
    n = len(x)
    x_mean, y_mean = sum(x) / n, sum(y) / n
    xx = sum((value - x_mean) ** 2 for value in x)
    if not xx:
        return None
    slope = sum((a - x_mean) * (b - y_mean) for a, b in zip(x, y, strict=True)) / xx
    intercept = y_mean - slope * x_mean
    residual = sum((b - intercept - slope * a) ** 2 for a, b in zip(x, y, strict=True))
    return slope, intercept, residual / (n - 2) / xx


@given(curves, st.sampled_from([0.0, 1e9, 1e15]), st.sampled_from([0.0, 0.5, -1e6]))
def test_a_line_is_that_of_exact_arithmetic(noise, offset, fall):
    y = [offset + fall * i + value for i, value in enumerate(noise)]
    slope, _, square = exact_line(range(len(y)), y)
    line = trend(y)

    bound = Fraction("1e-12") * (abs(slope) + Fraction(np.std(noise) + abs(fall)))
    assert abs(Fraction(line.slope) - slope) <= bound
    # The rounding of y itself, where the line is exact.
    rounding = np.spacing(max(map(abs, y)))
    assert line.stderr == pytest.approx(math.sqrt(square), rel=1e-9, abs=rounding)


@given(st.lists(st.tuples(st.integers(-50, 50), st.integers(-99, 99)), min_size=3, max_size=40))
def test_a_line_over_x_in_any_order(points):
    x, y = zip(*points, strict=True)
    line, exact = trend(y, x), exact_line(x, y)
    if exact is None:
        assert math.isnan(line.slope)
    else:
        assert line.slope == pytest.approx(float(exact[0]), abs=1e-10)
        assert line.intercept == pytest.approx(float(exact[1]), abs=1e-9)
        assert line.stderr == pytest.approx(math.sqrt(exact[2]), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("n", [3, 4, 10, 100, 5000])
@pytest.mark.parametrize("level", [0.5, 0.95, 0.999999])
def test_uncertainty_is_scipys(n, level):
    random = np.random.default_rng(n)
    y = random.standard_normal(n) + 1e-3 * np.arange(n)
    line, peer = trend(y, level=level), stats.linregress(np.arange(n), y)

    assert line.stderr == pytest.approx(peer.stderr, rel=1e-11)
    assert line.p_value == pytest.approx(peer.pvalue, rel=1e-9)
    assert line.std == pytest.approx(y.std(), rel=1e-12)
    margin = stats.t.isf((1 - level) / 2, n - 2) * peer.stderr
    assert line.high - line.slope == pytest.approx(margin, rel=1e-10)
    assert line.slope - line.low == pytest.approx(margin, rel=1e-10)


@given(st.integers(3, 3000), st.floats(1e-9, 1 - 1e-9))
def test_students_quantile_is_scipys(n, level):
    line = trend(np.arange(n) % 2, level=level)

    quantile = (line.high - line.low) / 2 / line.stderr
    assert quantile == pytest.approx(quantile_of(level, n - 2), rel=1e-9, abs=1e-15)


def quantile_of(level, freedom):
    """SciPy's; of small levels, where few digits of that are right, by the density's series."""
    if level > 1e-3:
        return stats.t.isf((1 - level) / 2, freedom)
    first = level / 2 / stats.t.pdf(0, freedom)
    return first * (1 + (freedom + 1) / (6 * freedom) * first**2)


@given(
    st.lists(st.integers(-20, 20), min_size=2, max_size=60),
    st.lists(st.integers(0, 30), min_size=60, max_size=60),
)
def test_theil_sen_is_scipys(values, places):
    x = places[: len(values)]
    if len(set(x)) < 2:
        assert math.isnan(theil_sen(values, x).slope)
        return
    peer = stats.theilslopes(values, x)
    line = theil_sen(values, x)

    assert line.slope == pytest.approx(peer.slope, rel=1e-15)
    assert line.intercept == pytest.approx(peer.intercept, rel=1e-12, abs=1e-12)


def test_theil_sen_of_many_points_is_exact():
    y = np.random.default_rng(1).standard_normal(3000) - 1e-4 * np.arange(3000)

    assert theil_sen(y).slope == pytest.approx(stats.theilslopes(y).slope, rel=1e-15)


@given(st.lists(st.integers(-6, 6), min_size=2, max_size=80))
def test_mann_kendall_is_that_of_its_closed_form(values):
    n = len(values)
    s = sum(np.sign(values[j] - values[i]) for i in range(n) for j in range(i + 1, n))
    _, ties = np.unique(values, return_counts=True)
    var = (n * (n - 1) * (2 * n + 5) - sum(t * (t - 1) * (2 * t + 5) for t in ties)) / 18
    found = mann_kendall(values)

    assert (found.s, found.var) == (s, pytest.approx(var))
    if len(ties) == 1:
        assert math.isnan(found.z)
        assert math.isnan(found.tau)
        return
    z = (s - np.sign(s)) / math.sqrt(var)
    assert found.z == pytest.approx(z)
    assert found.p_value == pytest.approx(2 * stats.norm.sf(abs(z)), rel=1e-12)
    assert found.tau == pytest.approx(stats.kendalltau(range(n), values).statistic)


@pytest.mark.parametrize("noise", [1e2, 1e3, 3e3, 1e4, 3e4, 1e5, 1e6])
def test_tails_of_the_normal_are_scipys(noise):
    random = np.random.default_rng(0)
    found = mann_kendall(np.arange(1500) + noise * random.standard_normal(1500))

    assert found.p_value == pytest.approx(2 * stats.norm.sf(abs(found.z)), rel=1e-11, abs=1e-300)


@pytest.mark.parametrize("values", [[], [1.0], [NAN, NAN], [INF, 2.0, -INF]])
def test_too_little_determines_nothing(values):
    line = trend(values)
    numbers = (line.slope, line.intercept, line.stderr, line.low, line.high, line.p_value)
    assert math.isnan(line.std) == (line.n == 0)
    assert all(map(math.isnan, numbers))
    assert line.n + line.n_nonfinite == len(values)
    assert math.isnan(theil_sen(values).slope)
    assert math.isnan(mann_kendall(values).p_value)


def test_gaps_keep_their_place():
    assert trend([0.0, NAN, 2.0, INF, 4.0]).slope == 1.0
    assert trend([0.0, NAN, 2.0, INF, 4.0]).n_nonfinite == 2
    assert theil_sen([0.0, NAN, 2.0]).slope == 1.0


def test_constants_have_no_trend():
    line = trend(np.full(100, 1e15))
    assert (line.slope, line.stderr, line.low, line.high, line.p_value) == (0, 0, 0, 0, 1)
    assert theil_sen(np.full(2000, 0.1)).slope == 0.0


@pytest.mark.parametrize("function", [trend, theil_sen, mann_kendall])
@pytest.mark.parametrize(
    "values",
    [
        np.arange(12, dtype=np.int32),
        np.arange(12, dtype=np.float32),
        np.arange(12, dtype=">f8"),
        np.arange(24.0)[::2] / 2,
        np.arange(12.0)[::-1][::-1],
        np.frombuffer(np.arange(12.0).tobytes()),  # read-only
        list(range(12)),
        tuple(map(float, range(12))),
        range(12),
    ],
    ids=[
        "int32",
        "float32",
        "big-endian",
        "strided",
        "reversed",
        "read-only",
        "list",
        "tuple",
        "range",
    ],
)
def test_any_array_of_numbers(function, values):
    assert function(values) == function(np.arange(12.0))


def test_masked_places_are_left_out():
    values = np.ma.masked_array([1, 99, 3], mask=[False, True, False])
    assert (trend(values).slope, trend(values).n_nonfinite) == (1.0, 1)


class Unwilling:
    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("call detach() first")  # as tensors with gradients do


@pytest.mark.parametrize("function", [trend, theil_sen, mann_kendall])
@pytest.mark.parametrize(
    "values", [Unwilling(), "abc", ["a"], [1j], [None], [[1.0], [1.0, 2.0]], None, object()]
)
def test_what_is_no_array_of_numbers_is_refused(function, values):
    with pytest.raises(ArgumentTypeError, match="values must be an array of real numbers"):
        function(values)


@pytest.mark.parametrize("values", [np.zeros((2, 2)), 1.0, np.float64(1)])
def test_other_dimensions_are_refused(values):
    with pytest.raises(InvalidArgumentError, match="one dimension"):
        trend(values)


def test_other_arguments_are_refused_by_name():
    for level in (0.0, 1.0, NAN, -1, 2):
        with pytest.raises(InvalidArgumentError, match="level must be above 0 and below 1"):
            trend([1.0, 2.0], level=level)
    with pytest.raises(ArgumentTypeError, match="level must be a float"):
        trend([1.0], level="high")
    for function in (trend, theil_sen):
        with pytest.raises(InvalidArgumentError, match="x"):
            function([1.0, 2.0], [1.0])
