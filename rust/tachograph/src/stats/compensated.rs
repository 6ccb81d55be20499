//! Sums that carry their own rounding error.

/// `a + b` rounded, and what the rounding lost, exactly (Knuth, TAOCP vol. 2, 4.2.2, theorem B).
#[inline]
pub(super) fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let b_seen = sum - a;
    (sum, (a - (sum - b_seen)) + (b - b_seen))
}

/// A sum whose rounding errors are kept beside it; about 100 bits wide.
#[derive(Clone, Copy, Debug)]
pub(super) struct Compensated {
    high: f64,
    low: f64,
}

impl Compensated {
    /// Nothing summed yet.
    pub(super) const ZERO: Self = Self { high: 0.0, low: 0.0 };

    /// `a + b` without loss.
    pub(super) fn of(a: f64, b: f64) -> Self {
        let (high, low) = two_sum(a, b);
        Self { high, low }
    }

    /// Adds one term.
    #[inline]
    pub(super) fn add(&mut self, term: f64) {
        let (high, error) = two_sum(self.high, term);
        *self = Self::of(high, self.low + error);
    }

    /// `self - other`, to within a rounding of the difference itself.
    #[inline]
    pub(super) fn minus(self, other: Self) -> f64 {
        (self.high - other.high) + (self.low - other.low)
    }

    /// The sum, rounded once.
    #[inline]
    pub(super) fn value(self) -> f64 {
        self.high + self.low
    }
}
