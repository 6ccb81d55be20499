//! Compensated sums, for durations and counts of a whole run.

use super::compensated::Compensated;

/// A sum of finite values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Total {
    /// The sum, in the unit of the values; 0 when none is finite.
    pub sum: f64,
    /// Finite values, those that took part.
    pub n: usize,
    /// NaN and infinite values, left out.
    pub non_finite: usize,
}

impl Total {
    /// `sum / n`; 0 when no value is finite.
    pub fn mean(&self) -> f64 {
        if self.n == 0 { 0.0 } else { self.sum / self.n as f64 }
    }
}

/// Sum of the finite values of `values`, rounded once (to 1e-30 of the largest partial sum).
///
/// ```
/// assert_eq!(tachograph::stats::total(&[0.1; 10]).sum, 1.0);
/// ```
pub fn total(values: &[f64]) -> Total {
    let mut sum = Compensated::ZERO;
    let mut plain = 0.0;
    let mut n = 0;
    for value in values.iter().copied().filter(|value| value.is_finite()) {
        sum.add(value);
        plain += value;
        n += 1;
    }
    // Past the largest f64 the error terms are NaN; the plain sum says which infinity it is.
    let sum = if sum.value().is_finite() { sum.value() } else { plain };
    Total { sum, n, non_finite: values.len() - n }
}
