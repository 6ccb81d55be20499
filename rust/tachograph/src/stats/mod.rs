//! Statistics of series: moments, trend, stability, best epoch.
//!
//! Pure functions on slices; nothing here knows of logs, stores or files. Three rules hold
//! everywhere. Non-finite values (NaN, infinities) take no part in a computation, and where that
//! matters they are counted. Standard deviations are those of the population (divisor `n`). The
//! position of a value on the x axis is its row, so a series with gaps keeps its unit: per epoch.

/// The best epoch, as the run goes or after it.
pub mod best;
/// Status of a training curve: converged, converging, plateaued.
pub mod convergence;
/// Mean, standard deviation, extremes.
pub mod moments;
/// Trends, volatilities and the overfitting score of a run.
pub mod stability;
/// Compensated sums.
pub mod total;
/// Least-squares slopes.
pub mod trend;

mod cloud;
mod compensated;
mod lanes;

pub use best::{Best, BestTracker, Monitored, best_epochs, lowest};
pub use convergence::{
    Convergence, ConvergenceStatus, Progress, RELATIVE_TOLERANCE, convergence, convergence_status,
};
pub use moments::{Moments, moments};
pub use stability::{Stability, overfitting_score, stability};
pub use total::{Total, total};
pub use trend::{Trend, trend, trend_at, trend_at_steps};

#[cfg(test)]
mod tests;
