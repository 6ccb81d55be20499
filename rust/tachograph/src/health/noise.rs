//! Whether a value is clear of the noise of those before it.

use super::recent::{HELD, Recent, middle};
use crate::stats::NORMAL_MAD;

/// Scaled deviations from the median, as in the spikes of a finished run.
const SCORE: f64 = 12.0;
/// The same of the logarithms, for noise that multiplies: losses of single samples, gradients.
const LOG_SCORE: f64 = 8.0;
/// How many times as far as the highest of them, seen from the median, likewise.
const REACH: f64 = 4.0;

/// Whether `value` lies far above what its column did lately.
pub(super) fn stands_out(value: f64, recent: &Recent) -> bool {
    let sorted = recent.sorted(HELD);
    let median = middle(&sorted);
    let highest = sorted.last().copied().unwrap_or(median);
    if value - median <= REACH * (highest - median) {
        return false;
    }
    if value - median <= SCORE * spread(&sorted, median) {
        return false;
    }
    // What multiplies knows no zero.
    if sorted.first().is_none_or(|&lowest| lowest <= 0.0) {
        return true;
    }
    let logs: Vec<f64> = sorted.iter().map(|value| value.ln()).collect();
    let log_median = middle(&logs);
    value.ln() - log_median > LOG_SCORE * spread(&logs, log_median)
}

/// The median absolute deviation, scaled to the standard deviation of normal noise.
fn spread(sorted: &[f64], median: f64) -> f64 {
    let mut away: Vec<f64> = sorted.iter().map(|value| (value - median).abs()).collect();
    away.sort_unstable_by(f64::total_cmp);
    NORMAL_MAD * middle(&away)
}
