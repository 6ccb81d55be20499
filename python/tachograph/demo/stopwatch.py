"""Sums short spans of time, less what reading the clock costs."""

import statistics
from time import perf_counter_ns

_CALIBRATION_READS = 20_000


class Stopwatch:
    """Adds up spans that the caller brackets with two reads of `perf_counter_ns`.

    Of such a pair, one whole read of the clock falls inside the span. On a call that lasts a few
    hundred nanoseconds that is no small part, so the read is measured beforehand and taken off.
    """

    def __init__(self) -> None:
        """A watch at zero, calibrated on this machine."""
        self._total_ns = 0
        self._n_spans = 0
        self._read_ns = _clock_read_ns()

    def add(self, span_ns: int) -> None:
        """Adds one span, as the difference of two reads."""
        self._total_ns += span_ns
        self._n_spans += 1

    @property
    def seconds(self) -> float:
        """The sum of all spans, corrected; never less than nothing."""
        return max(0.0, self._total_ns - self._n_spans * self._read_ns) / 1e9

    @property
    def mean_ns(self) -> float:
        """The mean span, corrected; 0.0 before the first."""
        return self.seconds * 1e9 / self._n_spans if self._n_spans else 0.0


def _clock_read_ns() -> float:
    """What two reads one after the other differ by when nothing stands between them."""
    differences = []
    for _ in range(_CALIBRATION_READS):
        begin = perf_counter_ns()
        differences.append(perf_counter_ns() - begin)
    return statistics.median(differences)
