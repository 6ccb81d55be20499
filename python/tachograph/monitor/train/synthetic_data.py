"""Windows that look like EEG: pink noise with an alpha rhythm, and bursts of spikes and waves.

Class 0 is the background. Class 1 has, somewhere in the window and over some of the channels, one
burst of a spike-and-wave complex at 2.5 to 4 Hz, as absence seizures have. Amplitude, place and
phase differ from window to window, so that there is something to learn.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["N_WINDOWS", "SyntheticWindows"]

N_WINDOWS = 640
"""How many windows there are unless told: enough to learn from in five epochs."""

_LOWEST_HZ = 0.5
_ALPHA_HZ = (8.0, 12.0)
_BURST_HZ = (2.5, 4.0)
_BURST_SECS = (1.5, 3.0)
_BURST_AMPLITUDE = (1.0, 2.5)  # in standard deviations of the background
_WAVE_BEGIN = 0.25  # of a cycle; the spike is before it
_SHARED = 0.5  # of the background's amplitude that all channels have in common


@dataclass(frozen=True, slots=True)
class SyntheticWindows:
    """A data set of two classes, made up as it is asked for: the same seed gives the same windows.

    Small enough to be sent to another process, and needs no torch to get there.

    Attributes:
        n_windows: How many; every other one is of class 1.
        channels: Channels of each.
        n_samples: Samples of each channel.
        sample_rate: Samples a second.
        seed: Of all windows.
    """

    n_windows: int
    channels: int
    n_samples: int
    sample_rate: int
    seed: int

    @property
    def labels(self) -> NDArray[np.int64]:
        """The class of each window."""
        return np.arange(self.n_windows, dtype=np.int64) % 2

    def __len__(self) -> int:
        return self.n_windows

    def __getitem__(self, index: int) -> tuple[NDArray[np.float32], int]:
        """A window [channels, samples] and its class.

        Raises:
            IndexError: There is no such window.
        """
        if not 0 <= index < self.n_windows:
            raise IndexError(f"no window {index} among {self.n_windows}")
        rng = np.random.default_rng([self.seed, index])
        label = index % 2
        seconds = np.arange(self.n_samples) / self.sample_rate
        window = _background(rng, self.channels, self.n_samples, self.sample_rate)
        window += _alpha(rng, self.channels, seconds)
        if label:
            window += _burst(rng, self.channels, seconds)
        return window.astype(np.float32), label


def _background(
    rng: np.random.Generator, channels: int, n_samples: int, sample_rate: int
) -> NDArray[np.float64]:
    """Noise [channels, samples] of power 1/f and variance 1, partly common to all channels."""
    white = rng.standard_normal((channels + 1, n_samples))
    hertz = np.fft.rfftfreq(n_samples, 1 / sample_rate)
    pink = np.fft.irfft(
        np.fft.rfft(white) / np.sqrt(np.maximum(hertz, _LOWEST_HZ)), n=n_samples, axis=-1
    )
    pink /= pink.std() or 1.0
    own = np.sqrt(1 - _SHARED**2)
    noise: NDArray[np.float64] = _SHARED * pink[-1] + own * pink[:-1]
    return noise


def _alpha(
    rng: np.random.Generator, channels: int, seconds: NDArray[np.float64]
) -> NDArray[np.float64]:
    """A rhythm that waxes and wanes, stronger towards the last (occipital) channels."""
    hertz = rng.uniform(*_ALPHA_HZ)
    swell = 0.5 + 0.5 * np.sin(2 * np.pi * (rng.uniform(0.2, 0.5) * seconds + rng.random()))
    rhythm = rng.uniform(0.2, 1.0) * swell * np.sin(2 * np.pi * (hertz * seconds + rng.random()))
    return np.linspace(0.2, 1.0, channels)[:, None] * rhythm


def _burst(
    rng: np.random.Generator, channels: int, seconds: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Spikes and waves that come and go, strongest at one channel and weaker around it."""
    cycles = rng.uniform(*_BURST_HZ) * seconds + rng.random()
    phase = cycles % 1.0
    spike = np.exp(-0.5 * ((phase - 0.12) / 0.035) ** 2)
    wave = np.sin(np.pi * (phase - _WAVE_BEGIN) / (1 - _WAVE_BEGIN)).clip(0.0)
    total = len(seconds) * (seconds[1] if len(seconds) > 1 else 0.0)
    length = min(rng.uniform(*_BURST_SECS), total)
    begin = rng.uniform(0.0, total - length)
    place = np.clip((seconds - begin) / length, 0.0, 1.0) if length else np.zeros_like(seconds)
    envelope = np.sqrt(np.sin(np.pi * place).clip(0.0))
    focus, spread = rng.uniform(0, channels), rng.uniform(0.2, 0.5) * channels
    reach = np.exp(-0.5 * ((np.arange(channels) - focus) / spread) ** 2)
    complexes = rng.uniform(*_BURST_AMPLITUDE) * envelope * (1.5 * spike - wave)
    return np.outer(reach, complexes)
