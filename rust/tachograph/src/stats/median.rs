//! Medians, and the deviation from the median.

/// From the median absolute deviation to the standard deviation of normal data:
/// `1 / quantile(3/4)` of the standard normal distribution.
pub const NORMAL_MAD: f64 = 1.482_602_218_505_602;

/// Median and spread about it of the finite values of a series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RobustSpread {
    /// Finite values, those that took part.
    pub n: usize,
    /// NaN and infinite values, left out.
    pub non_finite: usize,
    /// The middle value, the mean of the middle two where `n` is even; NaN without values.
    pub median: f64,
    /// `1.4826 * median(|y - median|)`, which for normal data estimates the standard deviation;
    /// half of the values may be anything. NaN without values.
    pub scaled_mad: f64,
}

/// The robust spread of `values`, in their unit; O(n).
///
/// Hampel, "The influence curve and its role in robust estimation", 1974.
///
/// ```
/// let spread = tachograph::stats::robust_spread(&[1.0, 2.0, 3.0, 4.0, 1e9]);
/// assert_eq!((spread.median, spread.scaled_mad), (3.0, 1.482602218505602));
/// ```
pub fn robust_spread(values: &[f64]) -> RobustSpread {
    let mut finite: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    let n = finite.len();
    let center = median(&mut finite);
    for value in &mut finite {
        *value = (*value - center).abs();
    }
    let scaled_mad = NORMAL_MAD * median(&mut finite);
    RobustSpread { n, non_finite: values.len() - n, median: center, scaled_mad }
}

/// The median of finite values, which end in another order; NaN without any.
pub(super) fn median(values: &mut [f64]) -> f64 {
    let half = values.len() / 2;
    if values.is_empty() {
        return f64::NAN;
    }
    let is_odd = values.len() % 2 == 1;
    let (below, &mut upper, _) = values.select_nth_unstable_by(half, f64::total_cmp);
    if is_odd {
        return upper;
    }
    let lower = below.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    f64::midpoint(lower, upper)
}
