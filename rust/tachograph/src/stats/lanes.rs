//! Sums over a slice in independent lanes, which the compiler turns into vector instructions.

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

/// The plain sum and the extremes. The sum is finite only if every value is; if one is not, the
/// extremes mean nothing.
pub(super) fn sum_and_range(values: &[f64]) -> (f64, Range) {
    let mut sums = [0.0; LANES];
    let (mut mins, mut maxs) = ([f64::INFINITY; LANES], [f64::NEG_INFINITY; LANES]);
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        for lane in 0..LANES {
            let value = chunk[lane];
            sums[lane] += value;
            // In this operand order each is a single instruction.
            mins[lane] = if mins[lane] < value { mins[lane] } else { value };
            maxs[lane] = if maxs[lane] > value { maxs[lane] } else { value };
        }
    }
    let mut range = Range::EMPTY;
    for lane in 0..LANES {
        range.join(Range { min: mins[lane], max: maxs[lane] });
    }
    let mut sum = added(&sums);
    for &value in rest {
        sum += value;
        range.join(Range { min: value, max: value });
    }
    (sum, range)
}

/// A number near the mean, inside the range: any will do, a near one keeps the sums small.
pub(super) fn provisional_mean(sum: f64, n: usize, range: Range) -> f64 {
    (sum / n as f64).max(range.min).min(range.max)
}

/// Sums over i of `b[i] - b_shift` and of `(a[i] - a_shift) * (b[i] - b_shift)`.
pub(super) fn shifted_products(a: &[f64], a_shift: f64, b: &[f64], b_shift: f64) -> (f64, f64) {
    let (mut sums, mut products) = ([0.0; LANES], [0.0; LANES]);
    let (a_chunks, a_rest) = a.as_chunks::<LANES>();
    let (b_chunks, b_rest) = b.as_chunks::<LANES>();
    for (a_chunk, b_chunk) in a_chunks.iter().zip(b_chunks) {
        // One statement a loop: written as one loop this is not turned into vector instructions.
        let mut db = [0.0; LANES];
        for lane in 0..LANES {
            db[lane] = b_chunk[lane] - b_shift;
        }
        for lane in 0..LANES {
            sums[lane] += db[lane];
        }
        for lane in 0..LANES {
            products[lane] += (a_chunk[lane] - a_shift) * db[lane];
        }
    }
    let (mut sum, mut product) = (added(&sums), added(&products));
    for (&a_value, &b_value) in a_rest.iter().zip(b_rest) {
        let db = b_value - b_shift;
        sum += db;
        product += (a_value - a_shift) * db;
    }
    (sum, product)
}

/// The lanes added up. Kept apart: inlined, the reduction of several lane arrays lures the compiler
/// into pairing their elements across arrays, and the loops before it become scalar.
#[inline(never)]
fn added(lanes: &[f64; LANES]) -> f64 {
    lanes.iter().sum()
}
