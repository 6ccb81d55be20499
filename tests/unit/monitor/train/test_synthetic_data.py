"""Synthetic windows: the same by seed, in any process, and of two classes that differ."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tachograph.monitor.train.synthetic_data import SyntheticWindows


def small(**changed):
    sizes = {"n_windows": 40, "channels": 6, "n_samples": 1280, "sample_rate": 256, "seed": 0}
    return SyntheticWindows(**{**sizes, **changed})


def band_power(window, sample_rate, low, high):
    power = np.abs(np.fft.rfft(window, axis=-1)) ** 2
    hertz = np.fft.rfftfreq(window.shape[-1], 1 / sample_rate)
    return power[:, (hertz >= low) & (hertz < high)].mean()


def test_shape_type_and_labels():
    data = small()
    window, label = data[3]

    assert (window.shape, window.dtype, label) == ((6, 1280), np.float32, 1)
    assert [data[i][1] for i in range(len(data))] == data.labels.tolist()
    assert data.labels.sum() == len(data) // 2


def test_the_same_seed_gives_the_same_windows_in_any_order_and_process():
    data, again = small(), pickle.loads(pickle.dumps(small()))

    forwards = [data[i][0] for i in range(5)]
    backwards = [again[i][0] for i in reversed(range(5))][::-1]

    np.testing.assert_array_equal(forwards, backwards)


def test_another_seed_or_place_gives_another_window():
    data = small()

    assert not np.array_equal(data[0][0], data[2][0])
    assert not np.array_equal(data[0][0], small(seed=1)[0][0])


def test_more_windows_change_none_of_the_first():
    np.testing.assert_array_equal(small(n_windows=4)[3][0], small(n_windows=400)[3][0])


def test_noise_is_pink():
    data = small(n_windows=100)
    power = np.mean(
        [np.abs(np.fft.rfft(data[i][0], axis=-1)) ** 2 for i in range(0, 100, 2)], axis=(0, 1)
    )
    hertz = np.fft.rfftfreq(1280, 1 / 256)
    chosen = (hertz >= 20) & (hertz < 120)  # above the rhythms
    slope = np.polyfit(np.log(hertz[chosen]), np.log(power[chosen]), 1)[0]

    assert slope == pytest.approx(-1.0, abs=0.1)


def test_bursts_are_at_two_to_four_hertz_and_stand_out_on_average_only():
    data = small(n_windows=200)
    powers = np.array([band_power(data[i][0], 256, 2.0, 4.5) for i in range(200)])
    background, bursts = powers[0::2], powers[1::2]

    assert np.median(bursts) > 1.5 * np.median(background)
    # Hard enough: no threshold on this power alone tells them all.
    assert bursts.min() < background.max()


@given(
    n_samples=st.integers(1, 300),
    channels=st.integers(1, 4),
    sample_rate=st.integers(1, 512),
    seed=st.integers(0, 2**40),
)
def test_any_size_gives_finite_windows(n_samples, channels, sample_rate, seed):
    data = SyntheticWindows(2, channels, n_samples, sample_rate, seed)

    for i in range(2):
        window, _ = data[i]
        assert window.shape == (channels, n_samples)
        assert np.isfinite(window).all()


@pytest.mark.parametrize("index", [-1, 40])
def test_there_is_nothing_outside(index):
    with pytest.raises(IndexError, match=f"no window {index} among 40"):
        small()[index]
