"""Spikes, plateaus, divergence, lost values; and the same things told as values come."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tachograph.analysis import (
    StreamingDivergence,
    StreamingMean,
    StreamingNonFinite,
    StreamingPlateau,
    StreamingSpikes,
    StreamingTrend,
    convergence,
    divergence,
    nan_runs,
    overfitting,
    plateaus,
    smooth,
    spikes,
    trend,
    volatility,
)
from tachograph.exceptions import InvalidArgumentError

NAN, INF = float("nan"), float("inf")

series = st.lists(st.floats(-1e3, 1e3, width=32) | st.sampled_from([NAN, INF, -INF]), max_size=60)


@given(series, st.integers(1, 9), st.floats(0.1, 10.0))
def test_spikes_are_those_of_the_rule(values, window, threshold):
    rows, scores, seen = [], [], []
    for row, value in enumerate(values):
        if not math.isfinite(value):
            continue
        if len(seen) >= window:
            past = np.array(seen[-window:])
            away = value - np.median(past)
            scale = stats.median_abs_deviation(past, scale="normal")
            score = away / scale if scale else math.copysign(INF, away) if away else 0.0
            if abs(score) > threshold:
                rows.append(row)
                scores.append(score)
        seen.append(value)
    found = spikes(values, window=window, threshold=threshold)

    assert found.rows.tolist() == rows
    assert found.scores == pytest.approx(scores, rel=1e-9)
    stream = StreamingSpikes(window=window, threshold=threshold)
    told = [row for row, value in enumerate(values) if stream.push(value) is not None]
    assert (told, stream.n_spikes) == (rows, len(rows))


@given(series)
def test_lost_values_are_found_and_counted(values):
    runs = nan_runs(values)
    lost = [row for a, b in zip(runs.starts, runs.stops, strict=True) for row in range(a, b)]
    stream = StreamingNonFinite()
    for value in values:
        stream.push(value)

    assert lost == [row for row, value in enumerate(values) if not math.isfinite(value)]
    assert all(a < b for a, b in zip(runs.stops[:-1], runs.starts[1:], strict=True))
    assert stream.n == len(values)
    assert stream.n_nan + stream.n_infinite == len(lost)
    assert stream.longest_run == max(runs.stops - runs.starts, default=0)
    assert stream.run == (
        stream.longest_run and (len(values) - runs.starts[-1]) * (lost[-1] == len(values) - 1)
    )


@given(series, st.integers(1, 9))
def test_divergence_is_told_as_it_comes(values, window):
    stream, found = StreamingDivergence(window=window), divergence(values, window=window)
    told = [stream.push(value) for value in values]

    assert (stream.row, stream.is_lost) == (found.row, found.is_lost)
    assert stream.rise == pytest.approx(found.rise, nan_ok=True)
    assert told == [found.row is not None and row >= found.row for row in range(len(values))]


@given(
    st.lists(st.sampled_from([1.0, 2.0, 3.0, 50.0, math.inf, NAN]), max_size=80), st.integers(2, 9)
)
def test_plateaus_are_told_as_they_come(values, window):
    tolerance = math.pi / 10  # which no quotient of these numbers is
    stream = StreamingPlateau(window=window, tolerance=tolerance)
    level = set()
    for row, value in enumerate(values):
        if stream.push(value):
            so_far = plateaus(values[: row + 1], window=window, tolerance=tolerance)
            assert (stream.start, row + 1) == (so_far.starts[-1], so_far.stops[-1])
            level.update(range(stream.start, row + 1))
        else:
            assert stream.start is None

    found = plateaus(values, window=window, tolerance=tolerance)
    stretches = zip(found.starts.tolist(), found.stops.tolist(), strict=True)
    assert level == {row for start, stop in stretches for row in range(start, stop)}


def test_plateaus_that_touch_are_one_as_they_come():
    values = [1, 1.2, 1, 1.2, 1.3, 1.01, 1.3, 1, 1, 1.3]
    stream = StreamingPlateau(window=4, tolerance=0.05)
    levels = [stream.push(value) for value in values]

    assert levels[-1]
    assert stream.start == plateaus(values, window=4, tolerance=0.05).starts[-1] == 2


@given(series)
def test_streams_end_where_the_whole_series_is(values):
    stream, mean = StreamingTrend(), StreamingMean(alpha=0.2)
    for value in values:
        stream.push(value)
        mean.push(value)
    line, scatter = trend(values), volatility(values)

    assert (
        (stream.n, stream.n_nonfinite) == (line.n, line.n_nonfinite) == (mean.n, mean.n_nonfinite)
    )
    for ours, whole in [
        (stream.slope, line.slope),
        (stream.mean, scatter.center),
        (stream.std, scatter.value),
    ]:
        assert ours == pytest.approx(whole, rel=1e-9, abs=1e-9, nan_ok=True)
    finite = [value for value in values if math.isfinite(value)]
    assert stream.min == pytest.approx(min(finite, default=NAN), nan_ok=True)
    assert stream.max == pytest.approx(max(finite, default=NAN), nan_ok=True)
    smoothed = smooth(values, alpha=0.2)
    assert mean.value == pytest.approx(smoothed[-1] if values else NAN, nan_ok=True)


def test_a_stream_over_steps():
    stream = StreamingTrend()
    for step in range(10**9, 10**9 + 1000, 10):
        stream.push(1e6 - step / 4, step)

    assert stream.slope == pytest.approx(-0.25, rel=1e-12)
    assert stream.stderr == pytest.approx(0, abs=1e-8)


def test_streams_refuse_bad_parameters():
    with pytest.raises(InvalidArgumentError, match="alpha"):
        StreamingMean(alpha=0.0)
    with pytest.raises(InvalidArgumentError, match="window"):
        StreamingSpikes(window=0)
    with pytest.raises(InvalidArgumentError, match="threshold"):
        StreamingSpikes(threshold=NAN)
    with pytest.raises(InvalidArgumentError, match="window"):
        StreamingDivergence(window=0)
    with pytest.raises(InvalidArgumentError, match="window"):
        StreamingPlateau(window=1)
    with pytest.raises(InvalidArgumentError, match="tolerance"):
        StreamingPlateau(tolerance=NAN)
    for factor in (0.0, NAN):
        with pytest.raises(InvalidArgumentError, match="factor"):
            StreamingDivergence(factor=factor)
    with pytest.raises(TypeError):
        StreamingTrend().push("high")


def test_plateaus_of_a_noisy_descent():
    random = np.random.default_rng(0)
    values = np.concatenate([np.linspace(5, 1, 200), np.ones(300), np.linspace(1, 0.5, 200)])
    found = plateaus(values + 1e-4 * random.standard_normal(700), window=50, tolerance=0.001)

    assert len(found) == 1
    assert abs(found.starts[0] - 200) <= 5
    assert abs(found.stops[0] - 500) <= 5
    assert len(plateaus(values[:200], window=50)) == 0
    assert len(plateaus([], window=2)) == 0


@pytest.mark.parametrize("scale", [1.0, 1e-6, 1e6])
def test_divergence_whatever_the_scale(scale):
    falling = np.linspace(2, 0.1, 500) * scale
    assert divergence(falling).row is None
    blown = np.concatenate([falling, np.geomspace(0.1, 100, 100) * scale])
    found = divergence(blown, window=5)
    assert not found.is_lost
    assert found.rise > 0.5
    assert 500 < found.row < 600
    lost = divergence(np.concatenate([falling, np.full(50, NAN)]), window=10)
    assert (lost.row, lost.is_lost) == (509, True)


def test_convergence_and_overfitting_are_those_of_the_recorder(make_recorder):
    recorder = make_recorder(dir=None)
    train = [1 / (epoch + 1) for epoch in range(20)]
    val = [abs(epoch - 8) / 10 + 0.1 if epoch % 2 else NAN for epoch in range(20)]
    for epoch, (loss, other) in enumerate(zip(train, val, strict=True)):
        recorder.log_epoch(epoch, loss, None if math.isnan(other) else other)
    analysis, ends = recorder.analyze_training_stability(), recorder.analyze_convergence()
    found = convergence(train)

    assert found.status == analysis["convergence_status"]
    assert found.progress == ends["status"]
    assert (found.improvement, found.stability) == (ends["improvement"], ends["stability"])
    assert overfitting(train, val).score == analysis["overfitting_score"] > 0
    assert overfitting(train, val).n == 10
    assert convergence([]).status == convergence([]).progress == "insufficient_data"
    assert convergence([]).improvement is None
    with pytest.raises(InvalidArgumentError, match="val has 1 values and train has 2"):
        overfitting([1.0, 2.0], [1.0])


def test_parameters_are_refused_by_name():
    for function, argument in [
        (spikes, "threshold"),
        (plateaus, "tolerance"),
        (divergence, "factor"),
    ]:
        with pytest.raises(InvalidArgumentError, match=argument):
            function([1.0], **{argument: -1.0})
        with pytest.raises(InvalidArgumentError, match=argument):
            function([1.0], **{argument: 10**400})
        with pytest.raises(InvalidArgumentError, match="window"):
            function([1.0], window=0)
