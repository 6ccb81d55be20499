//! The last values of a column, and the highest of a longer past.

/// How many values are held.
pub(super) const HELD: usize = 64;
/// The highest is that of one to two blocks of so many values.
const BLOCK: u32 = 512;

/// The last [`HELD`] finite values.
#[derive(Clone, Debug)]
pub(super) struct Recent {
    values: [f64; HELD],
    n: usize,
}

impl Recent {
    pub(super) const EMPTY: Self = Self { values: [0.0; HELD], n: 0 };

    #[inline]
    pub(super) fn push(&mut self, value: f64) {
        self.values[self.n % HELD] = value;
        self.n += 1;
    }

    /// How many there ever were.
    #[inline]
    pub(super) fn count(&self) -> usize {
        self.n
    }

    /// The last `n` of them, or as many as there are, ascending.
    pub(super) fn sorted(&self, n: usize) -> Vec<f64> {
        let mut last: Vec<f64> = self.last(n).collect();
        last.sort_unstable_by(f64::total_cmp);
        last
    }

    /// The last `n` of them, or as many as there are, the newest first.
    pub(super) fn last(&self, n: usize) -> impl Iterator<Item = f64> + '_ {
        (1..=n.min(self.n).min(HELD)).map(|back| self.values[(self.n - back) % HELD])
    }
}

/// The highest of the last [`BLOCK`] to twice as many values.
#[derive(Clone, Copy, Debug)]
pub(super) struct Highest {
    now: f64,
    before: f64,
    n: u32,
}

impl Highest {
    pub(super) const EMPTY: Self = Self { now: f64::NEG_INFINITY, before: f64::NEG_INFINITY, n: 0 };

    #[inline]
    pub(super) fn push(&mut self, value: f64) {
        if self.n == BLOCK {
            (self.before, self.now, self.n) = (self.now, f64::NEG_INFINITY, 0);
        }
        self.now = self.now.max(value);
        self.n += 1;
    }

    #[inline]
    pub(super) fn get(&self) -> f64 {
        self.now.max(self.before)
    }
}

/// The middle of ascending values; NaN without any.
pub(super) fn middle(sorted: &[f64]) -> f64 {
    match sorted.len() {
        0 => f64::NAN,
        n => f64::midpoint(sorted[(n - 1) / 2], sorted[n / 2]),
    }
}

/// The value that so great a share of the ascending others lies below; NaN without any.
pub(super) fn quantile(sorted: &[f64], share: f64) -> f64 {
    let last = sorted.len().saturating_sub(1);
    sorted.get((share * last as f64) as usize).copied().unwrap_or(f64::NAN)
}
