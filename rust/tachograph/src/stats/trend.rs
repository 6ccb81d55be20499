//! The slope of the least-squares line through a series.

use super::cloud::Cloud;
use super::moments::Moments;

/// The least-squares line's slope, and the moments of the values it was drawn through.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trend {
    /// `sum((x - mean(x)) (y - mean(y))) / sum((x - mean(x))^2)`, in units of y per unit of x; 0
    /// for fewer than two points or a single x. Infinite only if the slope, or the bound on its
    /// error, leaves `f64`.
    pub slope: f64,
    /// Moments of the y of the points that took part; `std` is the volatility.
    pub moments: Moments,
}

impl Trend {
    fn of_cloud(cloud: &Cloud) -> Self {
        Self { slope: cloud.slope(), moments: Moments::of_cloud(cloud) }
    }
}

/// Trend of `y` over its rows, `x = 0, 1, .. n - 1`.
///
/// A NaN or infinite y is left out and counted; the rows around it keep their x. For this
/// function and its siblings the slope differs from the exact slope of the same numbers by at
/// most `1e-12 * (|slope| + std(y) / std(x))`.
///
/// ```
/// let trend = tachograph::stats::trend(&[1e9 + 1.0, f64::NAN, 1e9 + 2.0]);
/// assert_eq!(trend.slope, 0.5);
/// assert_eq!(trend.moments.std, 0.5);
/// ```
pub fn trend(y: &[f64]) -> Trend {
    Trend::of_cloud(&Cloud::of_series(y))
}

/// Trend of `y` over `x`, of the same length; a longer one is cut.
///
/// A point with a NaN or infinite coordinate is left out and counted.
pub fn trend_at(x: &[f64], y: &[f64]) -> Trend {
    Trend::of_cloud(&Cloud::of_pairs(x, y))
}
