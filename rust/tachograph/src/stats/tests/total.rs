//! Compensated sums of windows done from scratch, the twin of those that move along.

use crate::stats::compensated::Compensated;

/// A sum of finite values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Total {
    /// The sum, in the unit of the values; 0 when none is finite.
    pub(super) sum: f64,
    /// Finite values, those that took part.
    pub(super) n: usize,
    /// NaN and infinite values, left out.
    pub(super) non_finite: usize,
}

impl Total {
    /// `sum / n`; 0 when no value is finite.
    pub(super) fn mean(&self) -> f64 {
        if self.n == 0 { 0.0 } else { self.sum / self.n as f64 }
    }
}

/// Sum of the finite values of `values`, rounded once (to 1e-30 of the largest partial sum).
pub(super) fn total(values: &[f64]) -> Total {
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
