"""A column in one pass says what a slow look at every value says."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import tachograph
from tachograph import TrainingRecorder
from tachograph.overview.columns import courses


def course(values, n_bins=8):
    """The course of values that were logged at the steps from 10."""
    array = np.asarray(values)
    with TrainingRecorder("courses", dir=None, capture_environment=False) as recorder:
        recorder.log_steps(np.arange(10, 10 + len(array)), {"m": array})
        return courses(recorder, n_bins=n_bins)["steps"]["m"]


@given(arrays(np.float64, st.integers(1, 60), elements=st.floats()), st.integers(1, 20))
def test_it_agrees_with_every_value(values, n_bins):
    found = course(values, n_bins)
    finite = [value for value in values.tolist() if math.isfinite(value)]
    lost = [10 + at for at, value in enumerate(values.tolist()) if not math.isfinite(value)]

    assert found.n == len(values)
    assert found.low == (min(finite) if finite else None)
    assert found.high == (max(finite) if finite else None)
    assert found.n_not_finite == len(lost)
    assert (found.first_not_finite, found.last_not_finite) == (
        (lost[0], lost[-1]) if lost else (None, None)
    )
    assert len(found.labels) == len(found.means) == len(found.lows) == len(found.highs) <= n_bins
    for at, label in enumerate(found.labels.tolist()):
        start = label - 10
        part = [v for v in values[start : start + found.rows_per_bin].tolist() if math.isfinite(v)]
        if part:
            assert found.lows[at] == min(part)
            assert found.highs[at] == max(part)
            assert found.lows[at] <= found.means[at] <= found.highs[at]
        else:
            assert math.isnan(found.means[at])


def test_means_are_means():
    found = course(np.arange(10.0), 5)

    assert found.means.tolist() == [0.5, 2.5, 4.5, 6.5, 8.5]
    assert found.labels.tolist() == [10, 12, 14, 16, 18]
    assert found.last_label == 19


def test_bins_double_until_they_are_few():
    found = course(np.arange(11.0), 5)

    assert found.rows_per_bin == 4
    assert found.labels.tolist() == [10, 14, 18]
    assert found.means.tolist() == [1.5, 5.5, 9.0]


def test_integers_stay_exact():
    found = course([2**60 + 1, 2**60 + 3, -5])

    assert (found.first, found.high, found.low) == (2**60 + 1, 2**60 + 3, -5)
    assert isinstance(found.last, int)


def test_sums_that_overflow_are_no_lost_values():
    found = course([1e308, 1.5e308, 1e308, -1e308], 2)

    assert found.n_not_finite == 0
    assert found.means.tolist() == pytest.approx([1.25e308, 0.0])


def test_gaps_have_no_part():
    with TrainingRecorder("gaps", dir=None, capture_environment=False) as recorder:
        for step in range(6):
            recorder.log_step(step, {"m": float(step)} if step % 2 else {"other": 1})
        found = courses(recorder)["steps"]["m"]

    assert (found.n, found.first, found.last) == (3, 1.0, 5.0)
    assert found.labels.tolist() == [1, 3, 5]


def test_courses_of_a_run(recorder):
    recorder.log_steps(np.arange(5), {"loss": np.arange(5.0), "n": np.arange(5)})
    recorder.log_epoch(3, 1.0, train_metrics={"acc": 0.5, "matrix": np.eye(2)})

    found = courses(recorder)

    assert list(found["steps"]) == ["loss", "n"]
    assert {"train_loss", "train/acc"} <= set(found["epochs"])
    assert not {"is_best", "train/matrix"} & set(found["epochs"])
    assert found["epochs"]["train/acc"].labels.tolist() == [3]


def test_amended_epochs_are_shown_as_amended(recorder):
    recorder.log_epoch(3, 1.0)
    recorder.log_epoch(4, 2.0)
    recorder.epochs[-1].train_loss = 0.25

    found = courses(recorder)["epochs"]["train_loss"]
    assert (found.labels.tolist(), found.means.tolist()) == ([3, 4], [1.0, 0.25])


@pytest.mark.parametrize("is_closed", [False, True])
def test_long_columns_are_read_by_several_threads_alike(anywhere, is_closed):
    n = 100_000  # times so many columns, that one thread is not enough
    recorder = anywhere
    recorder.log_steps(np.arange(n), {f"m{k}": np.arange(float(n)) * k for k in range(7)})
    if is_closed:
        recorder.close()

    for k, found in enumerate(courses(recorder)["steps"].values()):
        assert (found.n, found.first, found.last) == (n, 0.0, float(k * (n - 1)))
        at = np.asarray(found.labels)[1:-1]
        middle = at + (found.rows_per_bin - 1) / 2
        assert found.means[1:-1].tolist() == pytest.approx((middle * k).tolist())


def test_damage_is_in_the_run_s_report(recorder):
    rng = np.random.default_rng(0)
    recorder.log_steps(np.arange(20_000), {"a": np.ones(20_000), "b": rng.standard_normal(20_000)})
    recorder.close()
    log = recorder.path / "run.tacho"
    content = bytearray(log.read_bytes())
    content[len(content) // 2] ^= 0xFF  # the noise of `b` is most of the file
    log.write_bytes(content)

    with tachograph.open(recorder.path) as run:
        courses(run)
        assert run.report["damage"]
