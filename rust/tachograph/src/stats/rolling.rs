//! Statistics of the window that ends at each row.

use super::rolling_mean::rolling_mean;
use super::running::Running;

/// What is told of each window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rolled {
    /// The mean.
    Mean,
    /// The population standard deviation.
    Std,
    /// The slope of the least-squares line over x.
    Slope,
}

impl Rolled {
    fn of(self, window: &Running) -> f64 {
        match self {
            Self::Mean => window.mean(),
            Self::Std => window.std(),
            Self::Slope => window.slope(),
        }
    }
}

/// For each row the statistic of the finite points of the `window` rows that end there, of fewer
/// at the beginning; NaN where the window has none (a slope: no two different x). `x` is the
/// rows' x, `None` for 0, 1, ...; O(n) whatever the window.
///
/// Nothing is subtracted as the window moves on, so a value that has left leaves no trace: each
/// window is the end of one stretch of `window` rows joined to the beginning of the next (van
/// Herk, "A fast algorithm for local minimum and maximum filters", 1992, with sums).
///
/// ```
/// use tachograph::stats::{Rolled, rolling};
///
/// let means = rolling(None, &[1.0, 3.0, f64::NAN, 5.0], 2, Rolled::Mean);
/// assert_eq!(means, [1.0, 2.0, 3.0, 5.0]);
/// ```
pub fn rolling(x: Option<&[f64]>, y: &[f64], window: usize, rolled: Rolled) -> Vec<f64> {
    let window = window.clamp(1, y.len().max(1));
    if rolled == Rolled::Mean
        && let Some(means) = rolling_mean(y, window)
    {
        return means;
    }
    let mut results = Vec::with_capacity(y.len());
    // ends[i]: the rows of the stretch before this one from its i-th on.
    let mut ends = vec![Running::default(); window + 1];
    for start in (0..y.len()).step_by(window) {
        let stretch = start..(start + window).min(y.len());
        // Relative to a near row, so that large x lose nothing.
        let origin = x.map_or(0.0, |x| x[start]);
        let place = |row: usize| x.map_or(row as f64 - start as f64, |x| x[row] - origin);
        let mut begun = Running::default();
        for row in stretch.clone() {
            begun.push(place(row), y[row]);
            results.push(rolled.of(&ends[row - start + 1].joined(&begun)));
        }
        // The next stretch counts x from its own start.
        let next = start + window;
        if next < y.len() {
            let origin = x.map_or(0.0, |x| x[next]);
            let place = |row: usize| x.map_or(row as f64 - next as f64, |x| x[row] - origin);
            ends[window] = Running::default();
            for row in stretch.rev() {
                let mut end = ends[row - start + 1];
                end.push(place(row), y[row]);
                ends[row - start] = end;
            }
        }
    }
    results
}
