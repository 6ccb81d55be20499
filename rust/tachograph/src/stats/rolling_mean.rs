//! Means of the window that ends at each row, from sums alone.

use super::compensated::two_sum;
use super::widths::at_each_width;
use crate::parallel::side_by_side;

/// Rows that are summed by one thread, or one stretch where that is longer.
const PART: usize = 1 << 16;
/// Fewer than this are not worth a thread.
const PARTS_A_THREAD: usize = 2;
/// Keeps the upper 26 bits of a fraction: their product with a whole number below 2^27 is exact.
const UPPER_HALF: u64 = !((1 << 27) - 1);

/// The finite values of some rows added up in two words, and how many they are.
#[derive(Clone, Copy, Debug)]
struct Sum {
    high: f64,
    low: f64,
    count: f64,
}

impl Sum {
    const ZERO: Self = Self { high: 0.0, low: 0.0, count: 0.0 };

    fn plus(self, value: f64) -> Self {
        let (term, one) = if value.is_finite() { (value, 1.0) } else { (0.0, 0.0) };
        let (high, lost) = two_sum(self.high, term);
        Self { high, low: self.low + lost, count: self.count + one }
    }
}

/// The mean of the last values of a stream, in the way of [`rolling_mean`].
#[derive(Clone, Debug)]
pub(super) struct RollingMean {
    window: usize,
    /// The values of this stretch, and their sum.
    stretch: Vec<f64>,
    begun: Sum,
    /// The sums of the last one, two, ... values of the stretch before.
    ends: Vec<Sum>,
}

impl RollingMean {
    pub(super) fn new(window: usize) -> Self {
        Self { window, stretch: Vec::new(), begun: Sum::ZERO, ends: Vec::new() }
    }

    /// Takes in a value; the mean of the finite ones among the last `window`, NaN if there is none.
    pub(super) fn push(&mut self, value: f64) -> f64 {
        self.stretch.push(value);
        self.begun = self.begun.plus(value);
        let n_before = self.window - self.stretch.len();
        let before = n_before.checked_sub(1).and_then(|at| self.ends.get(at));
        let (end, begun) = (before.copied().unwrap_or(Sum::ZERO), self.begun);
        let (sum, lost) = two_sum(end.high, begun.high);
        let mean = quotient(sum, lost + (end.low + begun.low), end.count + begun.count);
        if n_before == 0 {
            let mut sum = Sum::ZERO;
            self.ends.clear();
            self.ends.extend(self.stretch.drain(..).rev().map(|value| {
                sum = sum.plus(value);
                sum
            }));
            self.begun = Sum::ZERO;
        }
        mean
    }
}

/// A sum for each row of a stretch, by fields, so that means are taken several at a time.
struct Sums {
    high: Vec<f64>,
    low: Vec<f64>,
    count: Vec<f64>,
}

impl Sums {
    fn new(len: usize) -> Self {
        let zeros = || vec![0.0; len];
        Self { high: zeros(), low: zeros(), count: zeros() }
    }

    fn first(&mut self, n: usize) -> Places<'_> {
        let Self { high, low, count } = self;
        Places { high: &mut high[..n], low: &mut low[..n], count: &mut count[..n] }
    }
}

/// Where the sums of as many rows go.
struct Places<'a> {
    high: &'a mut [f64],
    low: &'a mut [f64],
    count: &'a mut [f64],
}

impl Places<'_> {
    fn set(&mut self, row: usize, sum: Sum) {
        (self.high[row], self.low[row], self.count[row]) = (sum.high, sum.low, sum.count);
    }
}

/// The means of `super::rolling`, each rounded once (to 1e-30 of the largest sum on the way); `None`
/// if a sum leaves the range of `f64`.
///
/// Stretches of `window` rows are summed from both ends: a window is the end of one and the
/// beginning of the next.
pub(super) fn rolling_mean(y: &[f64], window: usize) -> Option<Vec<f64>> {
    let mut means = vec![0.0; y.len()];
    let part = window * (PART / window).max(1);
    let mut parts: Vec<_> =
        means.chunks_mut(part).enumerate().map(|(i, means)| (i * part, means, true)).collect();
    side_by_side(&mut parts, PARTS_A_THREAD, |(start, means, is_sound)| {
        *is_sound = part_means(y, window, *start, means);
    });
    let is_sound = parts.iter().all(|part| part.2);
    is_sound.then_some(means)
}

/// The means of the rows from `start`, where a stretch begins; false if a sum left the range.
fn part_means(y: &[f64], window: usize, start: usize, means: &mut [f64]) -> bool {
    let mut begins = Sums::new(window);
    // The last place stands for the rows from past the end on, of which there are none.
    let (mut ends, mut next_ends) = (Sums::new(window + 1), Sums::new(window + 1));
    if start > 0 {
        sum_both_ways(&y[start - window..start], &mut begins, &mut ends);
    }
    for (stretch, means) in y[start..].chunks(window).zip(means.chunks_mut(window)) {
        sum_both_ways(stretch, &mut begins, &mut next_ends);
        if !join(&ends, &begins, means) {
            return false;
        }
        std::mem::swap(&mut ends, &mut next_ends);
    }
    true
}

/// The sums from the first row to each, and from each to the last; at once, because either waits
/// for its own additions.
fn sum_both_ways(stretch: &[f64], begins: &mut Sums, ends: &mut Sums) {
    let n = stretch.len();
    let (mut begins, mut ends) = (begins.first(n), ends.first(n));
    let (mut begun, mut ended) = (Sum::ZERO, Sum::ZERO);
    for row in 0..n {
        begun = begun.plus(stretch[row]);
        begins.set(row, begun);
        ended = ended.plus(stretch[n - 1 - row]);
        ends.set(n - 1 - row, ended);
    }
}

at_each_width! {
    /// The means of each beginning with the end that starts a row later in its own stretch; false if
    /// one of them should be finite and is not.
    fn join(ends: &Sums, begins: &Sums, means: &mut [f64]) -> bool {
        let n = means.len();
        let (end_high, end_low, end_count) =
            (&ends.high[1..=n], &ends.low[1..=n], &ends.count[1..=n]);
        let (high, low, count) = (&begins.high[..n], &begins.low[..n], &begins.count[..n]);
        let mut is_sound = true;
        for row in 0..n {
            let (sum, lost) = two_sum(end_high[row], high[row]);
            let count = end_count[row] + count[row];
            means[row] = quotient(sum, lost + (end_low[row] + low[row]), count);
            is_sound &= means[row].is_finite() || count == 0.0;
        }
        is_sound
    }
}

/// `(high + low) / count`, rounded once.
#[inline(always)]
#[expect(clippy::inline_always, reason = "compiled once for each set of instructions")]
fn quotient(high: f64, low: f64, count: f64) -> f64 {
    let near = high / count;
    let upper = f64::from_bits(near.to_bits() & UPPER_HALF);
    let rest = (high - upper * count) - (near - upper) * count + low;
    near + rest / count
}
