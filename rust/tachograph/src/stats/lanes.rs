//! Sums over a slice in independent lanes, which the compiler turns into vector instructions.

use super::widths::at_each_width;

/// Independent partial sums; a block of 512 adds 64 terms into each, so rounding
/// stays below 1e-14 of the sum of magnitudes.
const LANES: usize = 8;

/// Smallest and largest of some values; empty when `min > max`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Range {
    pub(super) min: f64,
    pub(super) max: f64,
}

impl Range {
    /// No value seen.
    pub(super) const EMPTY: Self = Self { min: f64::INFINITY, max: f64::NEG_INFINITY };

    /// Widens `self` to cover `other`.
    pub(super) fn join(&mut self, other: Self) {
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
    }
}

at_each_width! {
    /// The plain sum. It is finite only if every value is.
    pub(super) fn sum(values: &[f64]) -> f64 {
        let mut sums = [0.0; LANES];
        let (chunks, rest) = values.as_chunks::<LANES>();
        for chunk in chunks {
            for lane in 0..LANES {
                sums[lane] += chunk[lane];
            }
        }
        added(&sums) + rest.iter().sum::<f64>()
    }
}

at_each_width! {
    /// The extremes of finite values.
    pub(super) fn range(values: &[f64]) -> Range {
        let (mut mins, mut maxs) = ([f64::INFINITY; LANES], [f64::NEG_INFINITY; LANES]);
        let (chunks, rest) = values.as_chunks::<LANES>();
        for chunk in chunks {
            for lane in 0..LANES {
                let value = chunk[lane];
                // In this operand order each is a single instruction.
                mins[lane] = if mins[lane] < value { mins[lane] } else { value };
                maxs[lane] = if maxs[lane] > value { maxs[lane] } else { value };
            }
        }
        let mut range = Range::EMPTY;
        for &value in mins.iter().chain(rest) {
            range.min = range.min.min(value);
        }
        for &value in maxs.iter().chain(rest) {
            range.max = range.max.max(value);
        }
        range
    }
}

/// A number near the mean of some finite values, inside their range, so that equal ones are equal
/// to it.
pub(super) fn provisional_mean(values: &[f64]) -> f64 {
    let range = range(values);
    (sum(values) / values.len() as f64).max(range.min).min(range.max)
}

/// What one pass over a block tells of its y, and of its y with its x.
pub(super) struct BlockSums {
    /// Sum of `y - y_shift`; finite only if every y is.
    pub(super) y_rest: f64,
    /// Sum of `(y - y_shift)^2`.
    pub(super) yy: f64,
    /// Sum of `(x - x_shift) (y - y_shift)`.
    pub(super) xy: f64,
}

at_each_width! {
    /// The sums of as many x and y.
    pub(super) fn block_sums(x: &[f64], x_shift: f64, y: &[f64], y_shift: f64) -> BlockSums {
        let (mut rests, mut squares, mut products) = ([0.0; LANES], [0.0; LANES], [0.0; LANES]);
        let (x_chunks, x_left) = x.as_chunks::<LANES>();
        let (y_chunks, y_left) = y.as_chunks::<LANES>();
        for (x_chunk, y_chunk) in x_chunks.iter().zip(y_chunks) {
            // One statement a loop: written as one loop this is not turned into vector instructions.
            let mut dy = [0.0; LANES];
            for lane in 0..LANES {
                dy[lane] = y_chunk[lane] - y_shift;
            }
            for lane in 0..LANES {
                rests[lane] += dy[lane];
            }
            for lane in 0..LANES {
                squares[lane] += dy[lane] * dy[lane];
            }
            for lane in 0..LANES {
                products[lane] += (x_chunk[lane] - x_shift) * dy[lane];
            }
        }
        let mut sums = BlockSums { y_rest: added(&rests), yy: added(&squares), xy: added(&products) };
        for (&x, &y) in x_left.iter().zip(y_left) {
            let dy = y - y_shift;
            sums.y_rest += dy;
            sums.yy += dy * dy;
            sums.xy += (x - x_shift) * dy;
        }
        sums
    }
}

/// The lanes added up. Kept apart: inlined, the reduction of several lane arrays lures the compiler
/// into pairing their elements across arrays, and the loops before it become scalar.
#[inline(never)]
fn added(lanes: &[f64; LANES]) -> f64 {
    lanes.iter().sum()
}
