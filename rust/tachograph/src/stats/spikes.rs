//! Values that lie far from those just before them.

use std::collections::VecDeque;

use super::median::NORMAL_MAD;

/// Rounding of a median and of a difference from it, in units of `f64::EPSILON` of the median.
const ROUNDINGS: f64 = 8.0;

/// Finds spikes as values come, in constant time (of the window's length).
///
/// The score of a value is `(y - median) / (1.4826 median(|w - median|))` over the `window` finite
/// values w before it (Hampel's identifier, over the past only); a spike is a score beyond the
/// threshold on either side. Where more than half of the window is one value, anything that
/// differs from it by more than rounding is a spike, with an infinite score. Spikes stay in the
/// window: after a lasting jump, half a window later the new height is the usual one. A value that
/// is not finite is no spike and enters no window.
///
/// ```
/// let mut detector = tachograph::stats::SpikeDetector::new(5, 6.0);
/// let losses = [1.0, 1.1, 0.9, 1.0, 1.2, 9.0, 1.0];
/// let spikes: Vec<bool> = losses.map(|loss| detector.push(loss).is_some()).to_vec();
/// assert_eq!(spikes.iter().position(|&is_spike| is_spike), Some(5));
/// ```
#[derive(Clone, Debug)]
pub struct SpikeDetector {
    window: usize,
    threshold: f64,
    recent: VecDeque<f64>,
    sorted: Vec<f64>,
}

impl SpikeDetector {
    /// Looks back over `window` finite values, at least one; nothing is told before they are seen.
    pub fn new(window: usize, threshold: f64) -> Self {
        let window = window.max(1);
        Self { window, threshold, recent: VecDeque::new(), sorted: Vec::new() }
    }

    /// Takes in a value; its score if it is a spike.
    pub fn push(&mut self, value: f64) -> Option<f64> {
        if !value.is_finite() {
            return None;
        }
        let mut found = None;
        if self.recent.len() == self.window {
            let score = self.score(value);
            found = (score.abs() > self.threshold).then_some(score);
            if let Some(oldest) = self.recent.pop_front() {
                let at = self.sorted.partition_point(|one| one.total_cmp(&oldest).is_lt());
                self.sorted.remove(at);
            }
        }
        let at = self.sorted.partition_point(|one| one.total_cmp(&value).is_lt());
        self.sorted.insert(at, value);
        self.recent.push_back(value);
        found
    }

    fn score(&self, value: f64) -> f64 {
        let n = self.sorted.len();
        let median = f64::midpoint(self.sorted[(n - 1) / 2], self.sorted[n / 2]);
        // Halves, so that no difference of two numbers overflows.
        let away = value / 2.0 - median / 2.0;
        let rounding = ROUNDINGS * f64::EPSILON * (median / 2.0).abs();
        if away.abs() <= rounding {
            return 0.0;
        }
        away / (NORMAL_MAD * self.half_mad(median))
    }

    /// Half the median absolute deviation from `median`, by merging the two sides of it.
    fn half_mad(&self, median: f64) -> f64 {
        let n = self.sorted.len();
        let (mut left, mut right) = (n.div_ceil(2), n.div_ceil(2));
        let mut nearest = || {
            let below = left.checked_sub(1).map(|at| median / 2.0 - self.sorted[at] / 2.0);
            let above = self.sorted.get(right).map(|one| one / 2.0 - median / 2.0);
            match (below, above) {
                (Some(below), Some(above)) if above < below => {
                    right += 1;
                    above
                }
                (Some(below), _) => {
                    left -= 1;
                    below
                }
                (None, above) => {
                    right += 1;
                    above.unwrap_or(0.0)
                }
            }
        };
        let deviations: Vec<f64> = (0..=n / 2).map(|_| nearest()).collect();
        f64::midpoint(deviations[(n - 1) / 2], deviations[n / 2])
    }
}

/// The rows of `values` that are spikes, and their scores.
pub fn spikes(values: &[f64], window: usize, threshold: f64) -> (Vec<i64>, Vec<f64>) {
    let mut detector = SpikeDetector::new(window, threshold);
    let found = |(row, &value): (usize, &f64)| Some((row as i64, detector.push(value)?));
    values.iter().enumerate().filter_map(found).unzip()
}
