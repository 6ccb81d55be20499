//! Compensated sums, for durations of a whole run.

use super::compensated::Compensated;

/// A sum as its terms come, rounded once (to 1e-30 of the largest sum on the way).
///
/// ```
/// let mut total = tachograph::stats::Total::default();
/// (0..10).for_each(|_| total.push(0.1));
/// assert_eq!(total.value(), 1.0);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Total {
    sum: Compensated,
    plain: f64,
}

impl Default for Total {
    fn default() -> Self {
        Self { sum: Compensated::ZERO, plain: 0.0 }
    }
}

impl Total {
    /// Adds a term.
    pub fn push(&mut self, term: f64) {
        self.sum.add(term);
        self.plain += term;
    }

    /// The sum, in the unit of the terms: 0 of none, NaN or infinite as a plain sum would be.
    pub fn value(&self) -> f64 {
        // Past the largest f64 the error terms are NaN; the plain sum says which infinity it is.
        if self.sum.value().is_finite() { self.sum.value() } else { self.plain }
    }
}
