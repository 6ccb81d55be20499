//! Stretches of rows: lost values, plateaus; and the row at which a series diverged.

use super::rolling::{Rolled, rolling};

/// Rows from the first to before the second.
pub type Stretch = (usize, usize);

/// Counts values that are not finite, as they come.
///
/// ```
/// let mut counter = tachograph::stats::NonFiniteCounter::default();
/// for loss in [1.0, f64::NAN, f64::INFINITY, 2.0] {
///     counter.push(loss);
/// }
/// assert_eq!((counter.n_nan, counter.n_infinite, counter.longest_run), (1, 1, 2));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NonFiniteCounter {
    /// All values.
    pub n: usize,
    /// NaN among them.
    pub n_nan: usize,
    /// Infinities of both signs.
    pub n_infinite: usize,
    /// How many of the last values in a row are not finite; 0 after a finite one.
    pub run: usize,
    /// The longest such run so far.
    pub longest_run: usize,
}

impl NonFiniteCounter {
    /// Takes in a value.
    pub fn push(&mut self, value: f64) {
        self.n += 1;
        self.n_nan += usize::from(value.is_nan());
        self.n_infinite += usize::from(value.is_infinite());
        self.run = if value.is_finite() { 0 } else { self.run + 1 };
        self.longest_run = self.longest_run.max(self.run);
    }
}

/// The stretches of rows whose values are NaN or infinite.
pub fn non_finite_runs(values: &[f64]) -> Vec<Stretch> {
    runs(values.len(), |row| !values[row].is_finite())
}

/// The stretches over which `values` is level: the unions of the windows of `window` rows whose
/// least-squares line rises or falls by at most `tolerance * |mean|` from the window's first row
/// to its last.
///
/// Windows with fewer than two finite values are not level; windows at the beginning, of fewer
/// rows, are not looked at.
///
/// ```
/// let falling: Vec<f64> = (0..10).map(|row| 10.0 - f64::from(row)).chain([1.0; 10]).collect();
/// assert_eq!(tachograph::stats::plateaus(&falling, 5, 0.01), [(9, 20)]);
/// ```
pub fn plateaus(values: &[f64], window: usize, tolerance: f64) -> Vec<Stretch> {
    let window = window.max(2);
    if values.len() < window {
        return Vec::new();
    }
    let slopes = rolling(None, values, window, Rolled::Slope);
    let means = rolling(None, values, window, Rolled::Mean);
    let reach = (window - 1) as f64;
    let is_level = |row: usize| (slopes[row] * reach).abs() <= tolerance * means[row].abs();
    // Levelness is of the windows' last rows; a run of them begins a window earlier.
    let ends = runs(values.len() - window + 1, |at| is_level(at + window - 1));
    let mut stretches: Vec<Stretch> = Vec::new();
    for (first, stop) in ends {
        let stop = stop + window - 1;
        match stretches.last_mut() {
            Some(last) if first <= last.1 => last.1 = stop,
            _ => stretches.push((first, stop)),
        }
    }
    stretches
}

/// Where a loss diverged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Divergence {
    /// The first row at which it was told; `None` if it did not diverge.
    pub row: Option<usize>,
    /// The last value of `row`'s window mean, or of the last row's if nothing diverged, less the
    /// lowest one before, in units of the scale of the rule; NaN without finite values.
    pub rise: f64,
    /// Whether `row` is where a whole window was lost to NaN and infinities.
    pub is_lost: bool,
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
    let (mut first, mut lowest, mut rise) = (f64::NAN, f64::NAN, f64::NAN);
    for (row, &mean) in means.iter().enumerate().skip(window - 1) {
        if mean.is_nan() {
            return Divergence { row: Some(row), rise, is_lost: true };
        }
        if first.is_nan() {
            (first, lowest) = (mean, mean);
        }
        let scale = lowest.abs().max(first - lowest);
        rise = match mean > lowest {
            false => 0.0,
            true if scale > 0.0 => mean / scale - lowest / scale,
            true => f64::INFINITY,
        };
        if rise > factor {
            return Divergence { row: Some(row), rise, is_lost: false };
        }
        lowest = lowest.min(mean);
    }
    Divergence { row: None, rise, is_lost: false }
}

/// The stretches of `0..n` that satisfy a condition.
fn runs(n: usize, is_in: impl Fn(usize) -> bool) -> Vec<Stretch> {
    let mut stretches = Vec::new();
    let mut start = None;
    for row in 0..=n {
        match (start, row < n && is_in(row)) {
            (None, true) => start = Some(row),
            (Some(first), false) => {
                stretches.push((first, row));
                start = None;
            }
            _ => {}
        }
    }
    stretches
}
