"""Questions to series of numbers, and to a run's columns; functions over the compiled core.

Arrays are anything that NumPy takes as one dimension of real numbers. NaN and infinities take no
part and are counted; what the rest do not determine is NaN, or None where no number is the answer.
Formulas, units, thresholds and sources stand in docs/statistics.md.

Names are imported when they are first used: a recorder has all of these as methods, and few runs
ask any of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tachograph._core import StreamingDivergence as StreamingDivergence
    from tachograph._core import StreamingMean as StreamingMean
    from tachograph._core import StreamingNonFinite as StreamingNonFinite
    from tachograph._core import StreamingPlateau as StreamingPlateau
    from tachograph._core import StreamingSpikes as StreamingSpikes
    from tachograph._core import StreamingTrend as StreamingTrend
    from tachograph.analysis.comparison import compare_runs as compare_runs
    from tachograph.analysis.events import Convergence as Convergence
    from tachograph.analysis.events import Divergence as Divergence
    from tachograph.analysis.events import Overfitting as Overfitting
    from tachograph.analysis.events import Spikes as Spikes
    from tachograph.analysis.events import Stretches as Stretches
    from tachograph.analysis.events import convergence as convergence
    from tachograph.analysis.events import divergence as divergence
    from tachograph.analysis.events import nan_runs as nan_runs
    from tachograph.analysis.events import overfitting as overfitting
    from tachograph.analysis.events import plateaus as plateaus
    from tachograph.analysis.events import spikes as spikes
    from tachograph.analysis.histories import loss_history as loss_history
    from tachograph.analysis.histories import metric_history as metric_history
    from tachograph.analysis.histories import series as series
    from tachograph.analysis.smoothing import rolling as rolling
    from tachograph.analysis.smoothing import smooth as smooth
    from tachograph.analysis.spread import Volatility as Volatility
    from tachograph.analysis.spread import volatility as volatility
    from tachograph.analysis.summary import training_summary as training_summary
    from tachograph.analysis.thinning import downsample as downsample
    from tachograph.analysis.trends import MannKendall as MannKendall
    from tachograph.analysis.trends import TheilSen as TheilSen
    from tachograph.analysis.trends import Trend as Trend
    from tachograph.analysis.trends import mann_kendall as mann_kendall
    from tachograph.analysis.trends import theil_sen as theil_sen
    from tachograph.analysis.trends import trend as trend

_HOMES: dict[str, str] = {
    "StreamingDivergence": "tachograph._core",
    "StreamingMean": "tachograph._core",
    "StreamingNonFinite": "tachograph._core",
    "StreamingPlateau": "tachograph._core",
    "StreamingSpikes": "tachograph._core",
    "StreamingTrend": "tachograph._core",
    "compare_runs": "tachograph.analysis.comparison",
    "Convergence": "tachograph.analysis.events",
    "Divergence": "tachograph.analysis.events",
    "Overfitting": "tachograph.analysis.events",
    "Spikes": "tachograph.analysis.events",
    "Stretches": "tachograph.analysis.events",
    "convergence": "tachograph.analysis.events",
    "divergence": "tachograph.analysis.events",
    "nan_runs": "tachograph.analysis.events",
    "overfitting": "tachograph.analysis.events",
    "plateaus": "tachograph.analysis.events",
    "spikes": "tachograph.analysis.events",
    "loss_history": "tachograph.analysis.histories",
    "metric_history": "tachograph.analysis.histories",
    "series": "tachograph.analysis.histories",
    "rolling": "tachograph.analysis.smoothing",
    "smooth": "tachograph.analysis.smoothing",
    "Volatility": "tachograph.analysis.spread",
    "volatility": "tachograph.analysis.spread",
    "training_summary": "tachograph.analysis.summary",
    "downsample": "tachograph.analysis.thinning",
    "MannKendall": "tachograph.analysis.trends",
    "TheilSen": "tachograph.analysis.trends",
    "Trend": "tachograph.analysis.trends",
    "mann_kendall": "tachograph.analysis.trends",
    "theil_sen": "tachograph.analysis.trends",
    "trend": "tachograph.analysis.trends",
}

__all__ = [
    "Convergence",
    "Divergence",
    "MannKendall",
    "Overfitting",
    "Spikes",
    "StreamingDivergence",
    "StreamingMean",
    "StreamingNonFinite",
    "StreamingPlateau",
    "StreamingSpikes",
    "StreamingTrend",
    "Stretches",
    "TheilSen",
    "Trend",
    "Volatility",
    "compare_runs",
    "convergence",
    "divergence",
    "downsample",
    "loss_history",
    "mann_kendall",
    "metric_history",
    "nan_runs",
    "overfitting",
    "plateaus",
    "rolling",
    "series",
    "smooth",
    "spikes",
    "theil_sen",
    "training_summary",
    "trend",
    "volatility",
]


def __getattr__(name: str) -> Any:
    from tachograph._lazy import attribute

    return attribute(__name__, _HOMES, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
