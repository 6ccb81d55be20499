"""Rates of steps, on a clock that the tests set."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tachograph.exceptions import InvalidArgumentError
from tachograph.monitor import Throughput

SECOND = 10**9


class Clock:
    """Nanoseconds, moved by hand."""

    def __init__(self):
        self.now = 12_345

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def run(rates, clock, times_s, samples=None):
    for time_s in times_s:
        clock.now += round(time_s * SECOND)
        rates.step(samples)


def test_a_step_lasts_from_the_end_of_the_one_before(clock):
    rates = Throughput(clock=clock)
    run(rates, clock, [7.0, 0.5], samples=32)
    assert rates.running() == {
        "step_time_ms": 500.0,
        "steps_per_second": 2.0,
        "samples_per_second": 64.0,
    }


def test_before_the_second_step_nothing_is_known(clock):
    rates = Throughput(clock=clock)
    assert rates.running() == rates.epoch() == {}
    run(rates, clock, [1.0], samples=8)
    assert rates.running() == rates.epoch() == {}


def test_a_break_between_epochs_is_in_no_rate(clock):
    rates = Throughput(clock=clock)
    run(rates, clock, [0, 0.1, 0.1, 0.1], samples=10)
    first = rates.epoch()
    run(rates, clock, [1000.0, 0.1, 0.1], samples=10)  # an evaluation, then the next epoch
    assert rates.running()["steps_per_second"] == pytest.approx(10)
    assert rates.epoch() == pytest.approx(first)
    assert first == pytest.approx(
        {
            "step_time_ms": 100,
            "steps_per_second": 10,
            "samples_per_second": 100,
        }
    )


def test_a_pause_within_an_epoch_is_left_out_too(clock):
    rates = Throughput(clock=clock)
    run(rates, clock, [0, 0.1])
    rates.pause()
    run(rates, clock, [50.0, 0.3])
    assert rates.epoch()["step_time_ms"] == pytest.approx(200)


def test_one_long_step_moves_the_running_rates_little_and_the_epochs_by_its_time(clock):
    rates = Throughput(clock=clock)
    run(rates, clock, [0, *[0.1] * 9, 9.1], samples=1)
    running = rates.running()
    assert running["step_time_ms"] == pytest.approx(9100)
    assert running["steps_per_second"] == pytest.approx(10)
    assert running["samples_per_second"] == pytest.approx(10)
    assert rates.epoch()["steps_per_second"] == pytest.approx(1)


def test_running_rates_follow_the_latest_steps_only(clock):
    rates = Throughput(window=4, clock=clock)
    run(rates, clock, [0, *[1.0] * 100, *[0.25] * 4], samples=5)
    assert rates.running()["steps_per_second"] == pytest.approx(4)
    assert rates.running()["samples_per_second"] == pytest.approx(20)


def test_steps_without_a_count_of_samples_do_not_thin_the_samples_of_others(clock):
    rates = Throughput(clock=clock)
    run(rates, clock, [0, 1.0], samples=30)
    run(rates, clock, [9.0])
    found = rates.epoch()
    assert found["samples_per_second"] == 30
    assert found["steps_per_second"] == pytest.approx(0.2)


def test_samples_are_absent_where_nobody_counts_them(clock):
    rates = Throughput(clock=clock)
    run(rates, clock, [0, 1.0])
    assert set(rates.running()) == set(rates.epoch()) == {"step_time_ms", "steps_per_second"}


def test_a_clock_too_coarse_for_a_step_gives_no_rate_rather_than_an_infinite_one(clock):
    rates = Throughput(clock=clock)
    run(rates, clock, [0, 0.0], samples=4)
    assert rates.running() == {"step_time_ms": 0.0}
    assert rates.epoch() == {"step_time_ms": 0.0}


def test_the_real_clock_runs_forward():
    rates = Throughput()
    for _ in range(3):
        rates.step(1)
    assert rates.epoch()["step_time_ms"] >= 0


@given(
    st.lists(
        st.tuples(st.integers(1, 10**12), st.integers(0, 10**6) | st.none()),
        min_size=2,
        max_size=60,
    ),
    st.integers(1, 30),
)
def test_sums_and_medians_of_any_steps(steps, window):
    clock = Clock()
    rates = Throughput(window=window, clock=clock)
    for time_ns, samples in steps:
        clock.now += time_ns
        rates.step(samples)
    timed = steps[1:]
    latest = [time_ns for time_ns, _ in timed][-window:]
    assert rates.running()["steps_per_second"] == pytest.approx(SECOND / np.median(latest))
    counted = [(time_ns, samples) for time_ns, samples in timed if samples is not None]
    per_step = [samples / time_ns for time_ns, samples in counted][-window:]
    found = rates.running().get("samples_per_second")
    assert found == (pytest.approx(SECOND * np.median(per_step)) if counted else None)
    epoch = rates.epoch()
    total_ns = sum(time_ns for time_ns, _ in timed)
    assert epoch["steps_per_second"] == pytest.approx(SECOND * len(timed) / total_ns)
    assert epoch["step_time_ms"] == pytest.approx(total_ns / len(timed) / 1e6)
    assert rates.epoch() == {}


def test_arguments_that_make_no_sense_are_refused(clock):
    with pytest.raises(InvalidArgumentError, match="at least 1 step: 0"):
        Throughput(window=0)
    with pytest.raises(InvalidArgumentError, match="0 or more: -1") as error:
        Throughput(clock=clock).step(-1)
    assert error.value.argument == "samples"
