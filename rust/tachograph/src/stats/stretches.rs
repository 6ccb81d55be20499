//! Stretches of rows: lost values and plateaus.

use super::rolling::{Rolled, rolling};
use super::trend::trend;
use std::collections::VecDeque;

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

/// Tells, as values come, whether the last `window` rows are level by the rule of [`plateaus`], in
/// constant time (of the window's length).
///
/// ```
/// let mut detector = tachograph::stats::PlateauDetector::new(5, 0.01);
/// let falling = (0..10).map(|row| 10.0 - f64::from(row)).chain([1.0; 10]);
/// let level: Vec<bool> = falling.map(|loss| detector.push(loss)).collect();
/// assert_eq!(level.iter().position(|&is_level| is_level), Some(13));
/// assert_eq!(detector.start(), Some(9));
/// ```
#[derive(Clone, Debug)]
pub struct PlateauDetector {
    window: usize,
    tolerance: f64,
    n: usize,
    recent: VecDeque<f64>,
    /// The last plateau so far.
    stretch: Option<Stretch>,
}

impl PlateauDetector {
    /// Looks back over `window` rows, at least two.
    pub fn new(window: usize, tolerance: f64) -> Self {
        let window = window.max(2);
        Self { window, tolerance, n: 0, recent: VecDeque::new(), stretch: None }
    }

    /// Takes in a value; whether the last rows are level now.
    pub fn push(&mut self, value: f64) -> bool {
        self.n += 1;
        if self.recent.len() == self.window {
            self.recent.pop_front();
        }
        self.recent.push_back(value);
        if self.recent.len() < self.window {
            return false;
        }
        let line = trend(self.recent.make_contiguous());
        let change = line.slope * (self.window - 1) as f64;
        let is_level =
            line.moments.n > 1 && change.abs() <= self.tolerance * line.moments.mean.abs();
        if is_level {
            let first = self.n - self.window;
            // Level windows that touch make one plateau.
            let joined = self.stretch.filter(|(_, stop)| first <= *stop);
            self.stretch = Some((joined.map_or(first, |(start, _)| start), self.n));
        }
        is_level
    }

    /// The row at which the plateau began that the last value lies on; none if it lies on none.
    pub fn start(&self) -> Option<usize> {
        self.stretch.filter(|(_, stop)| *stop == self.n).map(|(start, _)| start)
    }
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
