//! The Mann-Kendall test for a monotonic trend.

use super::tails::normal_two_sided;

/// Result of the test. What the values do not determine is NaN.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MannKendall {
    /// Finite values, those that took part.
    pub n: usize,
    /// NaN and infinite values, left out.
    pub non_finite: usize,
    /// Pairs that rise less pairs that fall.
    pub s: i128,
    /// Variance of `s` without a trend, corrected for ties.
    pub variance: f64,
    /// `(s -+ 1) / sqrt(variance)`, 0 for `s = 0`; NaN for fewer than two different values.
    pub z: f64,
    /// Two-sided probability of such a z without a trend, by the normal approximation.
    pub p: f64,
    /// Kendall's tau-b of the values against their order: `s` as a share of the most it could be
    /// with these ties; NaN where z is.
    pub tau: f64,
}

/// Tests `values`, in their order, for a trend; O(n log n).
///
/// Variance: `(n (n-1) (2n+5) - sum over groups of t equal values of t (t-1) (2t+5)) / 18` (Mann,
/// "Nonparametric tests against trend", 1945; Kendall, "Rank Correlation Methods", 1975).
///
/// ```
/// let test = tachograph::stats::mann_kendall(&[1.0, 2.0, 3.0, 4.0]);
/// assert_eq!((test.s, test.tau), (6, 1.0));
/// ```
pub fn mann_kendall(values: &[f64]) -> MannKendall {
    let mut finite: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    let n = finite.len();
    let non_finite = values.len() - n;
    let falls = sort_counting(&mut finite);
    let order = n as i128;
    let pairs = order * (order - 1) / 2;
    let (mut tied_pairs, mut tied_terms) = (0, 0);
    // Sorted: one that is not smaller than the next equals it.
    for group in finite.chunk_by(|a, b| a >= b) {
        let t = group.len() as i128;
        tied_pairs += t * (t - 1) / 2;
        tied_terms += t * (t - 1) * (2 * t + 5);
    }
    let s = pairs - tied_pairs - 2 * falls;
    let variance = (order * (order - 1) * (2 * order + 5) - tied_terms) as f64 / 18.0;
    if variance <= 0.0 {
        let (z, p, tau) = (f64::NAN, f64::NAN, f64::NAN);
        return MannKendall { n, non_finite, s, variance, z, p, tau };
    }
    let z = (s - s.signum()) as f64 / variance.sqrt();
    let most = (pairs as f64).sqrt() * ((pairs - tied_pairs) as f64).sqrt();
    let tau = (s as f64 / most).clamp(-1.0, 1.0);
    MannKendall { n, non_finite, s, variance, z, p: normal_two_sided(z), tau }
}

/// Sorts and counts the pairs that stood in falling order.
fn sort_counting(values: &mut Vec<f64>) -> i128 {
    let mut other = values.clone();
    super::inversions::sort_counting(values, &mut other, |a, b| a <= b)
}
