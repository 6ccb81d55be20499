//! Whether a loss has diverged: afterwards, or as it comes.

use super::rolling::{Rolled, rolling};
use super::rolling_mean::RollingMean;

/// Sums of 2^32 values of any size, each multiplied by this, stay in the range of `f64`.
/// Of values below 1e-298 it takes digits, which no loss has.
const HEADROOM: f64 = 1.0 / (1_u64 << 32) as f64;

/// Where a loss diverged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Divergence {
    /// The first row at which it was told; `None` if it did not diverge.
    pub row: Option<usize>,
    /// How far the mean of the last window looked at lies above the lowest one before, in units of
    /// the scale of the rule; NaN without a whole window.
    pub rise: f64,
    /// Whether `row` is where a whole window was lost to NaN and infinities.
    pub is_lost: bool,
}

impl Divergence {
    const NONE: Self = Self { row: None, rise: f64::NAN, is_lost: false };
}

/// The first row at which `values`, a loss, has diverged: the mean of the `window` rows that end
/// there lies above the lowest such mean before it by more than `factor` times the scale, or no
/// value of the window is finite any more.
///
/// The scale is `max(|lowest mean|, first mean - lowest mean)`: what the loss is, or how far it
/// has fallen, whichever is more. Multiplying all values by a positive number changes nothing.
/// Windows at the beginning, of fewer rows, are not looked at.
///
/// ```
/// let mut losses = vec![2.0, 1.0, 0.5, 0.25, 0.2, 0.2];
/// assert_eq!(tachograph::stats::divergence(&losses, 2, 0.5).row, None);
/// losses.extend([0.9, 5.0]);
/// assert_eq!(tachograph::stats::divergence(&losses, 2, 0.5).row, Some(7));
/// ```
pub fn divergence(values: &[f64], window: usize, factor: f64) -> Divergence {
    let window = window.max(1);
    let means = rolling(None, values, window, Rolled::Mean);
    let mut watch = Watch::new(factor);
    for (row, &mean) in means.iter().enumerate().skip(window - 1) {
        watch.see(row, mean);
        if watch.found.row.is_some() {
            break;
        }
    }
    watch.found
}

/// The same as values come, in constant time on average; after the first row found it stays.
///
/// ```
/// let mut detector = tachograph::stats::DivergenceDetector::new(2, 0.5);
/// for loss in [2.0, 1.0, 0.5, 0.5, 4.0, 1.0] {
///     detector.push(loss);
/// }
/// assert_eq!(detector.found().row, Some(4));
/// ```
#[derive(Clone, Debug)]
pub struct DivergenceDetector {
    window: usize,
    n: usize,
    mean: RollingMean,
    watch: Watch,
}

impl DivergenceDetector {
    /// Looks at windows of `window` values, at least one.
    pub fn new(window: usize, factor: f64) -> Self {
        let window = window.max(1);
        Self { window, n: 0, mean: RollingMean::new(window), watch: Watch::new(factor) }
    }

    /// Takes in a value.
    pub fn push(&mut self, value: f64) {
        if self.watch.found.row.is_some() {
            return;
        }
        self.n += 1;
        let mean = self.mean.push(value * HEADROOM);
        if self.n >= self.window {
            self.watch.see(self.n - 1, mean);
        }
    }

    /// What was found so far.
    pub fn found(&self) -> Divergence {
        self.watch.found
    }
}

/// The rule, told one window's mean after the other.
#[derive(Clone, Copy, Debug)]
struct Watch {
    factor: f64,
    first: f64,
    lowest: f64,
    found: Divergence,
}

impl Watch {
    fn new(factor: f64) -> Self {
        Self { factor, first: f64::NAN, lowest: f64::NAN, found: Divergence::NONE }
    }

    /// Takes in the mean of the window that ends at `row`; NaN where nothing in it is finite.
    fn see(&mut self, row: usize, mean: f64) {
        if mean.is_nan() {
            (self.found.row, self.found.is_lost) = (Some(row), true);
            return;
        }
        if self.first.is_nan() {
            (self.first, self.lowest) = (mean, mean);
        }
        let scale = self.lowest.abs().max(self.first - self.lowest);
        self.found.rise = match mean > self.lowest {
            false => 0.0,
            true if scale > 0.0 => mean / scale - self.lowest / scale,
            true => f64::INFINITY,
        };
        if self.found.rise > self.factor {
            self.found.row = Some(row);
        }
        self.lowest = self.lowest.min(mean);
    }
}
