//! Mean, standard deviation and extremes of a series.

use super::cloud::Cloud;

/// Moments of the finite values of a series, in the unit of the series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moments {
    /// Finite values, those that took part.
    pub n: usize,
    /// NaN and infinite values, left out.
    pub non_finite: usize,
    /// `sum(y) / n`; NaN when no value is finite.
    pub mean: f64,
    /// Population standard deviation `sqrt(sum((y - mean)^2) / n)`; 0 for fewer than two values.
    pub std: f64,
    /// Smallest finite value; NaN when there is none.
    pub min: f64,
    /// Largest finite value; NaN when there is none.
    pub max: f64,
}

/// Moments of the finite values of `values`.
///
/// The standard deviation is right to 1e-12 of itself and the mean to 1e-12 of the standard
/// deviation (plus the rounding of the result), at any offset and any magnitude, subnormal
/// numbers and numbers near the largest included.
///
/// ```
/// let moments = tachograph::stats::moments(&[1e9, 1e9 + 1.0, f64::NAN]);
/// assert_eq!((moments.n, moments.non_finite), (2, 1));
/// assert_eq!((moments.mean, moments.std), (1e9 + 0.5, 0.5));
/// ```
pub fn moments(values: &[f64]) -> Moments {
    Moments::of_cloud(&Cloud::of_series(values))
}

impl Moments {
    /// Moments of the y coordinate.
    pub(super) fn of_cloud(cloud: &Cloud) -> Self {
        let known = |value| if cloud.n == 0 { f64::NAN } else { value };
        Self {
            n: cloud.n,
            non_finite: cloud.non_finite,
            mean: cloud.y_mean(),
            std: cloud.y_std(),
            min: known(cloud.y_range.min),
            max: known(cloud.y_range.max),
        }
    }
}
