"""Long curves have the spikes that the whole search finds, in less time."""

import numpy as np
import pytest

from tachograph.analysis import spikes
from tachograph.report.spike_search import find_spikes

OPTIONS = {"window": 50, "threshold": 12.0}


def curve(n, kind):
    rng = np.random.default_rng(0)
    y = 2 * np.exp(-np.arange(n) / n) + rng.normal(0, 0.05, n)
    if kind == "spikes":
        y[[0, 60, 999, 1000, 50_001, n - 1]] += 9
        y[70_000] -= 9
    elif kind == "not finite":
        y[5000], y[6000] = np.nan, 9
    elif kind == "long tails":
        y = rng.standard_cauchy(n)
    elif kind == "constant":
        y = np.zeros(n)
        y[77_777] = 1
    elif kind == "huge":
        y = y * 1e307
        y[1234] = -1.7e308
    return y


@pytest.mark.parametrize(
    "kind", ["noise", "spikes", "not finite", "long tails", "constant", "huge"]
)
@pytest.mark.parametrize("n", [100_000, 100_617])
def test_what_is_found_is_what_the_whole_search_finds(n, kind):
    y = curve(n, kind)

    found, whole = find_spikes(y, **OPTIONS), spikes(y, **OPTIONS)

    assert found.rows.tolist() == whole.rows.tolist()
    assert found.scores.tolist() == whole.scores.tolist()


@pytest.mark.parametrize("n", [0, 1, 100])
def test_short_curves(n):
    assert find_spikes(np.zeros(n), **OPTIONS).rows.tolist() == []
