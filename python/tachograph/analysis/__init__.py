"""Questions to series of numbers, and to a run's columns; functions over the compiled core.

Arrays are anything that NumPy takes as one dimension of real numbers. NaN and infinities take no
part and are counted; what the rest do not determine is NaN, or None where no number is the answer.
Formulas, units, thresholds and sources stand in docs/statistics.md.
"""

from tachograph._core import (
    StreamingDivergence,
    StreamingMean,
    StreamingNonFinite,
    StreamingPlateau,
    StreamingSpikes,
    StreamingTrend,
)
from tachograph.analysis.comparison import compare_runs
from tachograph.analysis.events import (
    Convergence,
    Divergence,
    Overfitting,
    Spikes,
    Stretches,
    convergence,
    divergence,
    nan_runs,
    overfitting,
    plateaus,
    spikes,
)
from tachograph.analysis.histories import loss_history, metric_history, series
from tachograph.analysis.smoothing import rolling, smooth
from tachograph.analysis.spread import Volatility, volatility
from tachograph.analysis.summary import training_summary
from tachograph.analysis.thinning import downsample
from tachograph.analysis.trends import (
    MannKendall,
    TheilSen,
    Trend,
    mann_kendall,
    theil_sen,
    trend,
)

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
