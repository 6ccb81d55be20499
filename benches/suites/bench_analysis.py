"""Statistics of one long series.

    pytest benches/suites --benchmark-only

All take the values from memory, as one array. Ours also tells what the peers do not: the line its
interval and the rows that are not finite, which peers take for NaN. `benches/analysis.py` has the
rest: ranks, windows, robust spreads.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pytest_benchmark.fixture import BenchmarkFixture

from suites.given import Peer, Sizes
from tachograph import analysis

Series = NDArray[np.float64]
Work = Callable[[], object]
Make = Callable[[Series, Peer], Work]

ALPHA = 0.1
POINTS = 2000


@pytest.fixture(scope="module")
def series(sizes: Sizes) -> Series:
    """A loss that falls, and noise."""
    random = np.random.default_rng(0)
    fall = 2 / (1 + np.arange(sizes.values) * 1e-3)
    return np.asarray(fall + 0.1 * random.standard_normal(sizes.values))


def tachograph_slope_and_volatility(series: Series, peer: Peer) -> Work:
    def work() -> tuple[float, float]:
        line = analysis.trend(series)
        return line.slope, line.std

    return work


def numpy_polyfit_and_std(series: Series, peer: Peer) -> Work:
    x = np.arange(len(series))
    return lambda: (np.polyfit(x, series, 1)[0], np.std(series))


def tachograph_trend(series: Series, peer: Peer) -> Work:
    return lambda: analysis.trend(series)


def scipy_linregress(series: Series, peer: Peer) -> Work:
    linregress = peer("scipy.stats").linregress
    x = np.arange(len(series))
    return lambda: linregress(x, series)


def tachograph_smooth(series: Series, peer: Peer) -> Work:
    return lambda: analysis.smooth(series, alpha=ALPHA)


def scipy_lfilter(series: Series, peer: Peer) -> Work:
    lfilter = peer("scipy.signal").lfilter
    return lambda: lfilter([ALPHA], [1, ALPHA - 1], series)


def tachograph_downsample(series: Series, peer: Peer) -> Work:
    return lambda: analysis.downsample(None, series, POINTS)


def tsdownsample_minmaxlttb(series: Series, peer: Peer) -> Work:
    downsample = peer("tsdownsample").MinMaxLTTBDownsampler().downsample
    return lambda: downsample(series, n_out=POINTS, parallel=False)


GROUPS: dict[str, tuple[Make, ...]] = {
    "slope and volatility": (tachograph_slope_and_volatility, numpy_polyfit_and_std),
    "line with its uncertainty": (tachograph_trend, scipy_linregress),
    "exponential mean": (tachograph_smooth, scipy_lfilter),
    f"MinMaxLTTB to {POINTS:,} points": (tachograph_downsample, tsdownsample_minmaxlttb),
}


def entries() -> list[Any]:
    return [
        pytest.param(make, marks=pytest.mark.benchmark(group=group), id=make.__name__)
        for group, makes in GROUPS.items()
        for make in makes
    ]


@pytest.mark.parametrize("make", entries())
def test_analysis(
    benchmark: BenchmarkFixture, make: Make, series: Series, peer: Peer, sizes: Sizes
) -> None:
    benchmark.pedantic(make(series, peer), rounds=sizes.rounds, warmup_rounds=1)
