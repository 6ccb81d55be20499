"""What the steps of an epoch come to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tachograph.analysis import StreamingTrend
from tachograph.monitor.deferred import Row

__all__ = ["EpochValues"]

_LARGEST: Final = "cuda_memory_peak_mb"
_ROWS_AT_A_TIME: Final = 256


class EpochValues:
    """Moments of the rows since the last epoch, in constant memory.

    Standard deviations are those of the population. What is not finite takes no part, and is
    counted.
    """

    def __init__(self) -> None:
        self._rows: list[Mapping[str, float]] = []
        self._begin()

    def push(self, row: Mapping[str, float]) -> None:
        """Takes in a row, which nobody changes any more."""
        # Looked at many at a time: in the midst of a training, code and data are far from the
        # processor, and each line costs several times what it costs in a loop.
        rows = self._rows
        rows.append(row)
        if len(rows) >= _ROWS_AT_A_TIME:
            self._fold()

    def _begin(self) -> None:
        self._norms = StreamingTrend()
        self._applied: StreamingTrend | None = None
        self._last: Row = {}
        self._times = StreamingTrend()
        self._peak: float | None = None

    def _fold(self) -> None:
        for row in self._rows:
            self._take_in(row)
        self._rows.clear()

    def _take_in(self, row: Mapping[str, float]) -> None:
        norm = row.get("grad_norm")
        if norm is not None:
            self._norms.push(norm)
            self._last["grad_norm"] = norm
        applied = row.get("grad_norm_applied")
        if applied is not None:
            if self._applied is None:
                self._applied = StreamingTrend()
            self._applied.push(applied)
        seconds = row.get("step_time")
        if seconds is not None:
            self._times.push(seconds)
        rate = row.get("lr", row.get("lr/0"))
        if rate is not None:
            self._last["lr"] = rate
        peak = row.get(_LARGEST)
        if peak is not None:
            self._peak = peak if self._peak is None else max(peak, self._peak)

    def take(self) -> dict[str, float]:
        """The values of the epoch, which ends here.

        Returns:
            By name; empty where no step was measured.
        """
        self._fold()
        values: dict[str, float] = {}
        n_finite, n_other = self._norms.n, self._norms.n_nonfinite
        if n_finite or n_other:
            values["grad_norm_mean"] = self._norms.mean
            values["grad_norm_std"] = self._norms.std
            values["grad_norm_max"] = self._norms.max
            values["grad_norm_last"] = self._last["grad_norm"]
            values["grad_norm_nonfinite"] = n_other
        if self._applied is not None:
            values["grad_norm_applied_mean"] = self._applied.mean
        if "lr" in self._last:
            values["lr"] = self._last["lr"]
        if self._times.n:
            values["step_time_mean"] = self._times.mean
        if self._peak is not None:
            values[_LARGEST] = self._peak
        self._begin()
        return values
