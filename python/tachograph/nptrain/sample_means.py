"""The mean over all samples of what each part of them has a mean of."""

from __future__ import annotations

import math
from collections.abc import Sequence

__all__ = ["sample_mean"]


def sample_mean(means: Sequence[float], counts: Sequence[int]) -> float:
    """``sum(count * mean) / sum(count)``.

    Divided once: shares that are rounded each would make a perfect accuracy of more than 1.

    Args:
        means: Of each part.
        counts: Its samples; one at least in all.

    Returns:
        The mean; finite where all of them are, however large.
    """
    n_samples = sum(counts)
    pairs = list(zip(means, counts, strict=True))
    whole = sum(count * mean for mean, count in pairs) / n_samples
    if math.isfinite(whole):
        return whole
    # Where the sum alone is too large, the mean is not.
    total = sum(count / n_samples * mean for mean, count in pairs)
    if all(map(math.isfinite, means)):
        # Shares are rounded: 49 times 1/49 is more than 1.
        return min(max(total, min(means)), max(means))
    return total
