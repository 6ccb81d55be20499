"""Indices of tsdownsample, and the points that are forced in beside them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tachograph.analysis import downsample
from tachograph.exceptions import ArgumentTypeError, InvalidArgumentError

tsdownsample = pytest.importorskip("tsdownsample")

PEERS = {
    "minmax": tsdownsample.MinMaxDownsampler(),
    "minmaxlttb": tsdownsample.MinMaxLTTBDownsampler(),
}


def with_ends_and_extremes(indices, y):
    forced = [0, len(y) - 1, int(np.argmin(y)), int(np.argmax(y))]
    return np.union1d(np.asarray(indices, dtype=np.int64), forced)


def check(x, y, n_out, method):
    arguments = (y,) if x is None else (x, y)
    expected = with_ends_and_extremes(PEERS[method].downsample(*arguments, n_out=n_out), y)
    found = downsample(x, y, n_out, method=method)

    assert found.dtype == np.int64
    assert found.tolist() == expected.tolist()


@given(
    arrays.arrays(
        st.sampled_from([np.float64, np.float32, np.int64, np.int32]),
        st.integers(1, 700),
        elements=st.integers(-40, 40),
    ),
    st.integers(2, 40).map(lambda half: 2 * half),
    st.sampled_from(sorted(PEERS)),
)
def test_indices_of_a_series(y, n_out, method):
    check(None, y, n_out, method)


@given(
    st.lists(st.tuples(st.integers(1, 30), st.floats(-1e3, 1e3)), min_size=2, max_size=500),
    st.integers(2, 40).map(lambda half: 2 * half),
    st.sampled_from(sorted(PEERS)),
    st.sampled_from([np.float64, np.float32, np.int64, np.int32, np.uint64]),
)
def test_indices_over_uneven_steps(points, n_out, method, dtype):
    gaps, y = zip(*points, strict=True)
    check(np.cumsum(gaps).astype(dtype), np.array(y), n_out, method)


@pytest.mark.parametrize("method", sorted(PEERS))
@pytest.mark.parametrize("n", [1000, 8001, 100_003])
@pytest.mark.parametrize("with_x", [False, True])
def test_indices_of_a_long_curve(n, method, with_x):
    random = np.random.default_rng(n)
    y = np.cumsum(random.standard_normal(n))
    x = np.cumsum(random.exponential(size=n)) if with_x else None

    check(x, y, 200, method)


def test_what_cannot_be_drawn_is_left_out():
    random = np.random.default_rng(0)
    y = random.standard_normal(5000)
    y[random.integers(0, 5000, 300)] = np.nan
    y[[0, 17, 4999]] = np.inf, -np.inf, np.nan
    kept = np.flatnonzero(np.isfinite(y))
    for method, peer in PEERS.items():
        expected = kept[with_ends_and_extremes(peer.downsample(kept, y[kept], n_out=100), y[kept])]
        assert downsample(None, y, 100, method=method).tolist() == expected.tolist()
        assert len(downsample(None, np.full(50, np.nan), 10, method=method)) == 0
        assert len(downsample(None, [], 10, method=method)) == 0


def test_equal_steps_and_strided_arrays():
    y = np.random.default_rng(0).standard_normal(2000)[::2]
    assert set(downsample(np.zeros(1000), y, 50)) >= {0, 999, np.argmin(y), np.argmax(y)}
    assert downsample(np.arange(1000), y, 50).tolist() == downsample(None, y, 50).tolist()
    assert downsample(None, np.full(1000, 2.0), 10)[[0, -1]].tolist() == [0, 999]


def test_an_odd_number_of_extremes_is_one_less():
    y = np.random.default_rng(0).standard_normal(1000)
    assert (
        downsample(None, y, 51, method="minmax").tolist()
        == downsample(None, y, 50, method="minmax").tolist()
    )


def test_arguments_are_refused_by_name():
    with pytest.raises(
        InvalidArgumentError, match=r"x: must ascend and be finite; x\[2\] does not"
    ):
        downsample([1.0, 2.0, 1.5], [1.0, 2.0, 3.0], 10)
    with pytest.raises(InvalidArgumentError, match=r"x\[0\] does not"):
        downsample([np.nan, 2.0], [1.0, 2.0], 10)
    with pytest.raises(InvalidArgumentError, match=r"x\[1\] does not"):
        downsample([1.0, np.inf], [1.0, 2.0], 10)
    with pytest.raises(InvalidArgumentError, match=r"x\[1\] does not"):
        downsample(np.ma.masked_array([1, 2], mask=[False, True]), [1.0, 2.0], 10)
    with pytest.raises(InvalidArgumentError, match=r"x\[3\] does not"):
        downsample(np.array([1, 2, 2, 1]), np.ones(4), 10)
    with pytest.raises(InvalidArgumentError, match="x must have one dimension"):
        downsample(np.zeros((2, 1), dtype=np.int64), [1.0, 2.0], 10)
    with pytest.raises(InvalidArgumentError, match="x: has 1 values and y has 2"):
        downsample(np.zeros(1, dtype=np.int64), [1.0, 2.0], 10)
    with pytest.raises(ArgumentTypeError, match="x must be an array of real numbers"):
        downsample([[1.0], [1.0, 2.0]], [1.0, 2.0], 10)
    with pytest.raises(InvalidArgumentError, match="x: has 1 values and y has 2"):
        downsample([1.0], [1.0, 2.0], 10)
    with pytest.raises(InvalidArgumentError, match="n_out must be at least 4, not 3"):
        downsample(None, [1.0], 3)
    with pytest.raises(ArgumentTypeError, match="n_out must be an int"):
        downsample(None, [1.0], 10.0)
    with pytest.raises(InvalidArgumentError, match="method must be 'minmaxlttb' or 'minmax'"):
        downsample(None, [1.0], 10, method="lttb")
