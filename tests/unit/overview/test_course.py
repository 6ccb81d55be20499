"""A column in one pass says what a slow look at every value says."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import tachograph
from tachograph.overview.columns import courses
from tachograph.overview.course import course_of


def course(values, n_bins=8):
    array = np.asarray(values)
    return course_of(np.arange(10, 10 + len(array)), array, n_bins=n_bins)


@given(arrays(np.float64, st.integers(0, 60), elements=st.floats()), st.integers(1, 20))
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
            assert found.lows[at] <= found.means[at] <= found.highs[at] or math.isclose(
                found.lows[at], found.highs[at]
            )
        else:
            assert math.isnan(found.means[at])


def test_means_are_means():
    found = course(np.arange(10.0), 5)

    assert found.means.tolist() == [0.5, 2.5, 4.5, 6.5, 8.5]
    assert found.labels.tolist() == [10, 12, 14, 16, 18]
    assert found.last_label == 19


def test_integers_stay_exact():
    found = course([2**60 + 1, 2**60 + 3, -5])

    assert (found.first, found.high, found.low) == (2**60 + 1, 2**60 + 3, -5)
    assert isinstance(found.last, int)


def test_sums_that_overflow_are_no_lost_values():
    found = course([1e308, 1.5e308, 1e308, -1e308], 2)

    assert found.n_not_finite == 0
    assert found.means.tolist() == pytest.approx([1.25e308, 0.0])


def test_courses_of_a_run(recorder):
    recorder.log_steps(np.arange(5), {"loss": np.arange(5.0), "n": np.arange(5)})
    recorder.log_epoch(3, 1.0, train_metrics={"acc": 0.5, "matrix": np.eye(2)})

    found = courses(recorder)

    assert list(found["steps"]) == ["loss", "n"]
    assert {"train_loss", "train/acc"} <= set(found["epochs"])
    assert not {"is_best", "train/matrix"} & set(found["epochs"])
    assert found["epochs"]["train/acc"].labels.tolist() == [3]


@pytest.mark.parametrize("is_closed", [False, True])
def test_long_columns_are_read_by_two_threads_alike(anywhere, monkeypatch, is_closed):
    recorder = anywhere
    recorder.log_steps(np.arange(5_000), {f"m{k}": np.arange(5_000.0) * k for k in range(7)})
    if is_closed:
        recorder.close()
    alone = courses(recorder)
    monkeypatch.setattr("tachograph.overview.columns._WORTH_A_THREAD", 1)
    together = courses(recorder)

    assert list(alone["steps"]) == list(together["steps"])
    for name, found in alone["steps"].items():
        assert found.means.tolist() == together["steps"][name].means.tolist()


def test_a_failure_of_a_thread_is_raised(recorder, monkeypatch):
    recorder.log_steps(np.arange(5), {"loss": np.arange(5.0)})
    monkeypatch.setattr("tachograph.overview.columns._WORTH_A_THREAD", 1)

    def fail(*_):
        raise MemoryError("no room")

    monkeypatch.setattr("tachograph.overview.columns.course_of", fail)
    with pytest.raises(MemoryError, match="no room"):
        courses(recorder)


def test_damage_that_the_second_reader_meets_is_in_the_run_s_report(recorder, monkeypatch):
    rng = np.random.default_rng(0)
    recorder.log_steps(np.arange(20_000), {"a": np.ones(20_000), "b": rng.standard_normal(20_000)})
    recorder.close()
    log = recorder.path / "run.tacho"
    content = bytearray(log.read_bytes())
    content[len(content) // 2] ^= 0xFF  # the noise of `b` is most of the file
    log.write_bytes(content)
    monkeypatch.setattr("tachograph.overview.columns._WORTH_A_THREAD", 1)

    with tachograph.open(recorder.path) as run:
        courses(run)
        assert run.report["damage"]
