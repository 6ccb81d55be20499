//! Statistics of series: moments, trends, smoothing, events, best epoch; and series thinned out.
//!
//! Pure functions on slices; nothing here knows of logs, stores or files. Three rules hold
//! everywhere. Non-finite values (NaN, infinities) take no part in a computation, and where that
//! matters they are counted. Standard deviations are those of the population (divisor `n`). The
//! position of a value on the x axis is its row, so a series with gaps keeps its unit: per epoch.

/// Where points stand on the x axis.
pub mod abscissa;
/// The best epoch, as the run goes or after it.
pub mod best;
/// A column as it comes, in few bins.
pub mod column_course;
/// Status of a training curve: converged, converging, plateaued.
pub mod convergence;
/// The losses of a run as they come.
pub mod course;
/// What stands out in the course of a column.
pub mod course_events;
/// Losses that diverged.
pub mod divergence;
/// Fewer points that draw the same curve.
pub mod downsample;
/// The least-squares line and its uncertainty.
pub mod line;
/// The Mann-Kendall test.
pub mod mann_kendall;
/// Medians and robust spreads.
pub mod median;
/// Mean, standard deviation, extremes.
pub mod moments;
/// Euclidean norms.
pub mod norm;
/// Counts and moments of a classifier's predictions.
pub mod predictions;
/// Windows that move along a series.
pub mod rolling;
/// Moments and slope of a stream.
pub mod running;
/// Exponential means.
pub mod smooth;
/// Values far from their predecessors.
pub mod spikes;
/// Moments and norms of a model's weights.
pub mod spread;
/// Trends, volatilities and the overfitting score of a run.
pub mod stability;
/// Lost values and plateaus.
pub mod stretches;
/// Tails of the normal and of Student's distribution.
pub mod tails;
/// The Theil-Sen line.
pub mod theil_sen;
/// Compensated sums.
pub mod total;
/// Least-squares slopes.
pub mod trend;

mod cloud;
mod compensated;
mod extremes;
mod inversions;
mod lanes;
mod lttb;
mod pairs;
mod rolling_mean;
mod softmax;
mod widths;

pub use abscissa::{Abscissa, XKind};
pub use best::{Best, BestTracker, Monitored};
pub use column_course::{Bin, ColumnCourse, Ends, NotFinite};
pub use convergence::{
    Convergence, ConvergenceStatus, Progress, RELATIVE_TOLERANCE, convergence, convergence_status,
};
pub use course::LossCourse;
pub use course_events::{course_divergence, course_plateau, course_spikes};
pub use divergence::{Divergence, DivergenceDetector, divergence};
pub use downsample::{Method, downsample};
pub use line::{Line, line, line_at};
pub use mann_kendall::{MannKendall, mann_kendall};
pub use median::{NORMAL_MAD, RobustSpread, robust_spread};
pub use moments::{Moments, moments};
pub use norm::Norm;
pub use predictions::{Aside, BatchLosses, Logit, Predictions};
pub use rolling::{Rolled, rolling};
pub use running::Running;
pub use smooth::{ExponentialMean, exponential, tensorboard};
pub use spikes::{SpikeDetector, spikes};
pub use spread::{Spread, Wide, moved};
pub use stability::{Stability, overfitting_score, stability};
pub use stretches::{NonFiniteCounter, PlateauDetector, Stretch, non_finite_runs, plateaus};
pub use tails::{normal_two_sided, student_quantile, student_two_sided};
pub use theil_sen::{TheilSen, theil_sen, theil_sen_at};
pub use total::Total;
pub use trend::{Trend, trend, trend_at};

#[cfg(test)]
mod tests;
