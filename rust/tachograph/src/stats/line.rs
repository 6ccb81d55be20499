//! The least-squares line with the uncertainty of its slope.

use super::cloud::Cloud;
use super::moments::Moments;
use super::tails::{student_quantile, student_two_sided};

/// Share of the spread of y below which the residuals are summed themselves: above it the
/// difference of two sums has lost at most four digits.
const CLOSE_FIT: f64 = 1e-4;

/// A least-squares line. What the points do not determine is NaN.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// Units of y per unit of x; NaN without two different x.
    pub slope: f64,
    /// Height at `x = 0`, in units of y; NaN where the slope is.
    pub intercept: f64,
    /// Standard error of the slope, `sqrt(sum(residual^2) / (n - 2) / sum((x - mean(x))^2))`;
    /// NaN for fewer than three points.
    pub stderr: f64,
    /// Moments of the y of the points that took part.
    pub moments: Moments,
}

impl Line {
    /// Half the width of the confidence interval of the slope: the quantile of Student's t with
    /// `n - 2` degrees of freedom times the standard error. `level` lies between 0 and 1.
    pub fn margin(&self, level: f64) -> f64 {
        let freedom = self.moments.n.saturating_sub(2);
        if self.stderr == 0.0 {
            return 0.0;
        }
        student_quantile(1.0 - level, freedom) * self.stderr
    }

    /// Two-sided probability of a slope at least this far from 0, were there no trend.
    pub fn p_value(&self) -> f64 {
        if self.slope == 0.0 && self.stderr == 0.0 {
            return 1.0;
        }
        student_two_sided(self.slope / self.stderr, self.moments.n.saturating_sub(2))
    }
}

/// The line through `y` over its rows, `x = 0, 1, .. n - 1`; a y that is not finite is left out,
/// counted, and the rows around it keep their x.
///
/// The slope is that of [`super::trend`]. The standard error is right to 1e-9 of itself, plus
/// the rounding of y.
///
/// ```
/// let line = tachograph::stats::line(&[1.0, 2.0, 4.0]);
/// assert_eq!(line.slope, 1.5);
/// assert!((line.stderr - 1.0 / 12f64.sqrt()).abs() < 1e-15);
/// ```
pub fn line(y: &[f64]) -> Line {
    let cloud = Cloud::of_series(y);
    of_cloud(&cloud, || y.iter().enumerate().map(|(row, &value)| (row as f64, value)))
}

/// The line through the points `(x, y)`; a longer slice is cut, and a point with a coordinate that
/// is not finite is left out and counted.
pub fn line_at(x: &[f64], y: &[f64]) -> Line {
    of_cloud(&Cloud::of_pairs(x, y), || x.iter().copied().zip(y.iter().copied()))
}

fn of_cloud<I>(cloud: &Cloud, points: impl Fn() -> I) -> Line
where
    I: Iterator<Item = (f64, f64)>,
{
    let moments = Moments::of_cloud(cloud);
    if !cloud.has_slope() {
        return Line { slope: f64::NAN, intercept: f64::NAN, stderr: f64::NAN, moments };
    }
    let slope = cloud.slope();
    let share = cloud.residual_share();
    let share = if share < CLOSE_FIT { cloud.residual_share_of(points) } else { share };
    let freedom = cloud.n as f64 - 2.0;
    let stderr =
        if cloud.n > 2 { (share / freedom).sqrt() * cloud.spread_ratio() } else { f64::NAN };
    Line { slope, intercept: cloud.intercept(), stderr, moments }
}
