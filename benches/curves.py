"""The ten curves by which the log's size is judged."""

import numpy as np
from numpy.typing import NDArray

Curves = dict[str, NDArray[np.float64]]


def ten_curves(n: int, seed: int = 0) -> Curves:
    """Two losses, a gradient norm, two accuracies, two schedules, tokens, seconds, memory.

    What a training computes in float32 is rounded to it, as it would be.
    """
    rng = np.random.default_rng(seed)
    t = np.arange(n, dtype=np.float64)
    right = np.clip(0.5 + t / n / 2.2, 0, 1)
    return {
        "train/loss": _float32(2 * np.exp(-t / 2e5) + 0.3 + 0.05 * rng.standard_normal(n)),
        "val/loss": _float32(2.2 * np.exp(-t / 2e5) + 0.35 + 0.03 * rng.standard_normal(n)),
        "grad_norm": _float32(rng.lognormal(0, 0.4, n)),
        "train/accuracy": rng.binomial(256, right) / 256,
        "val/accuracy": rng.binomial(100, right) / 100,
        "lr": 0.0005 * (1 + np.cos(np.pi * t / n)),
        "lr_stepped": 0.1 * 0.5 ** (t // 200_000),
        "tokens": 8192 * t,
        "seconds": _float32(0.05 + 0.002 * rng.standard_normal(n)),
        "memory_mb": 4096 + (t // 1000) % 7,
    }


def _float32(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return values.astype(np.float32).astype(np.float64)
