//! Means, spreads and co-spread of a cloud of points `(x, y)`, in one pass over memory; of a long
//! series on several threads.
//!
//! Points are taken in blocks that stay in the first-level cache. Each block is shifted by a number
//! near its mean and summed in independent lanes, which the compiler turns into vector
//! instructions; a difference `y - shift` is off by one rounding of the difference, not of
//! `y`, so a large offset costs nothing. Blocks are merged by the pairwise update of Chan, Golub
//! and `LeVeque` ("Updating Formulae and a Pairwise Algorithm for Computing Sample Variances",
//! 1979) with means and sums held in two words each. Series of extreme magnitude, whose squares
//! would leave the range of `f64`, are run a second time under a scale that is a power of two.

use super::compensated::Compensated;
use super::lanes::{BlockSums, Range, block_sums, provisional_mean, range, sum};
use crate::parallel::side_by_side;

/// Points in a block: 4 KiB a coordinate.
const BLOCK: usize = 512;
/// Rows of a series that are summed by themselves, whatever the machine: its cores decide the time
/// and never the result.
const PART: usize = 1 << 17;
/// Fewer than this are not worth a thread.
const PARTS_A_THREAD: usize = 2;
/// 2^300: the square of a magnitude from 2^-300 to this one is a normal number, so is any sum.
const LARGE: f64 = f64::from_bits((1023 + 300) << 52);
/// Largest exponent of the scale; 2^1000 lifts the smallest subnormal to 2^-74.
const MAX_SCALE_EXPONENT: i32 = 1000;

/// 0, 1, 2 ...: positions inside a block.
static RAMP: [f64; BLOCK] = {
    let mut ramp = [0.0; BLOCK];
    let mut i = 0;
    while i < BLOCK {
        ramp[i] = i as f64;
        i += 1;
    }
    ramp
};

/// Sums of the points seen, about their means.
#[derive(Clone, Debug)]
pub(super) struct Cloud {
    /// Points that took part.
    pub(super) n: usize,
    /// Points left out because a coordinate is NaN or infinite.
    pub(super) non_finite: usize,
    /// Extremes of y, never scaled.
    pub(super) y_range: Range,
    x_range: Range,
    x_mean: Compensated,
    y_mean: Compensated,
    xx: Compensated,
    xy: Compensated,
    yy: Compensated,
    /// Every x was multiplied by 2^`x_exponent` before it was summed; `y_exponent` likewise.
    x_exponent: i32,
    y_exponent: i32,
}

impl Cloud {
    /// No points.
    pub(super) const EMPTY: Self = Self {
        n: 0,
        non_finite: 0,
        y_range: Range::EMPTY,
        x_range: Range::EMPTY,
        x_mean: Compensated::ZERO,
        y_mean: Compensated::ZERO,
        xx: Compensated::ZERO,
        xy: Compensated::ZERO,
        yy: Compensated::ZERO,
        x_exponent: 0,
        y_exponent: 0,
    };

    /// The points `(row, y)`.
    pub(super) fn of_series(y: &[f64]) -> Self {
        let mut parts: Vec<_> =
            y.chunks(PART).enumerate().map(|(i, rows)| (i * PART, rows, Self::EMPTY)).collect();
        side_by_side(&mut parts, PARTS_A_THREAD, |(first_row, rows, cloud)| {
            cloud.add_series(*first_row, rows);
        });
        let mut cloud = Self::EMPTY;
        for (_, _, part) in &parts {
            cloud.join(part);
        }
        cloud.rescaled(|| y.iter().enumerate().map(|(row, &value)| (row as f64, value)))
    }

    /// The points `(x, y)` of two slices; the longer one is cut.
    pub(super) fn of_pairs(x: &[f64], y: &[f64]) -> Self {
        let n = x.len().min(y.len());
        let (x, y) = (&x[..n], &y[..n]);
        let mut cloud = Self::EMPTY;
        cloud.add_pairs(x, y);
        cloud.rescaled(|| x.iter().copied().zip(y.iter().copied()))
    }

    /// No points, but the scale that those of this cloud ask for; `None` if they ask for none. Only
    /// y may be extreme.
    pub(super) fn twin(&self) -> Option<Self> {
        let y_exponent = scale_exponent(self.y_range);
        (y_exponent != 0).then_some(Self { y_exponent, ..Self::EMPTY })
    }

    /// Adds the points of consecutive rows, the first of them `first_row`.
    pub(super) fn add_series(&mut self, first_row: usize, y: &[f64]) {
        if self.y_exponent != 0 {
            let rows = y.iter().enumerate();
            self.add_scaled(rows.map(|(row, &value)| ((first_row + row) as f64, value)));
            return;
        }
        for (i, block) in y.chunks(BLOCK).enumerate() {
            self.add_rows(first_row + i * BLOCK, block);
        }
    }

    /// Adds the points of two slices of the same length.
    pub(super) fn add_pairs(&mut self, x: &[f64], y: &[f64]) {
        if self.y_exponent != 0 {
            self.add_scaled(x.iter().copied().zip(y.iter().copied()));
            return;
        }
        for (x, y) in x.chunks(BLOCK).zip(y.chunks(BLOCK)) {
            if (sum(x) + sum(y)).is_finite() {
                self.add_finite(x, y);
            } else {
                self.add_points(x.iter().copied().zip(y.iter().copied()));
            }
        }
    }

    /// Slope of the least-squares line, 0 without two different x.
    pub(super) fn slope(&self) -> f64 {
        let (spread, shared) = (self.xx.value(), self.xy.value());
        if spread > 0.0 {
            times_power_of_two(shared / spread, self.x_exponent - self.y_exponent)
        } else {
            0.0
        }
    }

    /// Whether there are two different x.
    pub(super) fn has_slope(&self) -> bool {
        self.xx.value() > 0.0
    }

    /// Height of the line at `x = 0`.
    pub(super) fn intercept(&self) -> f64 {
        let slope = self.xy.value() / self.xx.value();
        let mut height = self.y_mean;
        height.add(-slope * self.x_mean.value());
        times_power_of_two(height.value(), -self.y_exponent)
    }

    /// `std(y) / std(x)`, in units of y per unit of x.
    pub(super) fn spread_ratio(&self) -> f64 {
        let ratio = (self.yy.value().max(0.0) / self.xx.value()).sqrt();
        times_power_of_two(ratio, self.x_exponent - self.y_exponent)
    }

    /// The residuals' sum of squares as a share of that of y, by subtraction: `1 - r^2`.
    pub(super) fn residual_share(&self) -> f64 {
        let (xx, xy, yy) = (self.xx.value(), self.xy.value(), self.yy.value());
        if yy > 0.0 { (1.0 - (xy / xx) * (xy / yy)).max(0.0) } else { 0.0 }
    }

    /// The same from the residuals themselves, for lines that fit closely.
    pub(super) fn residual_share_of<I>(&self, points: impl Fn() -> I) -> f64
    where
        I: Iterator<Item = (f64, f64)>,
    {
        let (xx, xy, yy) = (self.xx.value(), self.xy.value(), self.yy.value());
        if yy <= 0.0 {
            return 0.0;
        }
        let slope = xy / xx;
        let (x_scale, y_scale) = (power_of_two(self.x_exponent), power_of_two(self.y_exponent));
        let mut sum = Compensated::ZERO;
        for (x, y) in points().filter(|(x, y)| x.is_finite() && y.is_finite()) {
            let dx = Compensated::of(x * x_scale, 0.0).minus(self.x_mean);
            let dy = Compensated::of(y * y_scale, 0.0).minus(self.y_mean);
            let residual = dy - slope * dx;
            sum.add(residual * residual);
        }
        sum.value() / yy
    }

    /// Mean of y, NaN without points.
    pub(super) fn y_mean(&self) -> f64 {
        if self.n == 0 {
            return f64::NAN;
        }
        let mean = times_power_of_two(self.y_mean.value(), -self.y_exponent);
        mean.max(self.y_range.min).min(self.y_range.max)
    }

    /// Population standard deviation of y, 0 for fewer than two points.
    pub(super) fn y_std(&self) -> f64 {
        if self.n < 2 {
            return 0.0;
        }
        let variance = self.yy.value().max(0.0) / self.n as f64;
        times_power_of_two(variance.sqrt(), -self.y_exponent)
    }

    fn add_scaled(&mut self, points: impl Iterator<Item = (f64, f64)>) {
        let scale = power_of_two(self.y_exponent);
        self.add_points(points.map(|(x, y)| (x, y * scale)));
    }

    /// Adds the points of at most a block of consecutive rows, the first of them `first_row`.
    fn add_rows(&mut self, first_row: usize, y: &[f64]) {
        let n = y.len();
        let y_shift = self.shift(self.y_mean, y);
        let x_shift = (n - 1) as f64 / 2.0;
        let BlockSums { y_rest, yy, xy } = block_sums(&RAMP[..n], x_shift, y, y_shift);
        if !y_rest.is_finite() {
            // A NaN or an infinity among the values, or finite ones whose sum overflows.
            let rows = RAMP.iter().zip(y).map(|(&i, &value)| (first_row as f64 + i, value));
            self.add_points(rows);
            return;
        }
        // Exact for whole rows below 2^53: the shifted positions sum to zero, their squares to
        // n (n^2 - 1) / 12.
        let count = n as f64;
        self.y_range.join(range(y));
        self.merge(&Block {
            n,
            x_mean: Compensated::of(first_row as f64, x_shift),
            y_mean: Compensated::of(y_shift, y_rest / count),
            xx: count * (count * count - 1.0) / 12.0,
            xy,
            yy: yy - y_rest * y_rest / count,
        });
    }

    /// Adds the points of another cloud of the same scale.
    fn join(&mut self, other: &Self) {
        self.non_finite += other.non_finite;
        self.x_range.join(other.x_range);
        self.y_range.join(other.y_range);
        if other.n > 0 {
            self.merge(&Block {
                n: other.n,
                x_mean: other.x_mean,
                y_mean: other.y_mean,
                xx: other.xx.value(),
                xy: other.xy.value(),
                yy: other.yy.value(),
            });
        }
    }

    fn summed(points: impl Iterator<Item = (f64, f64)>) -> Self {
        let mut cloud = Self::EMPTY;
        cloud.add_points(points);
        cloud
    }

    /// Adds points, leaving out and counting those with a coordinate that is not finite.
    fn add_points(&mut self, points: impl Iterator<Item = (f64, f64)>) {
        let (mut xs, mut ys) = ([0.0; BLOCK], [0.0; BLOCK]);
        let mut n = 0;
        for (x, y) in points {
            (xs[n], ys[n]) = (x, y);
            let kept = usize::from(x.is_finite() & y.is_finite());
            n += kept;
            self.non_finite += 1 - kept;
            if n == BLOCK {
                self.add_finite(&xs, &ys);
                n = 0;
            }
        }
        if n > 0 {
            self.add_finite(&xs[..n], &ys[..n]);
        }
    }

    /// Adds finite points, at least one and at most a block.
    fn add_finite(&mut self, x: &[f64], y: &[f64]) {
        let (n, count) = (x.len(), x.len() as f64);
        self.x_range.join(range(x));
        self.y_range.join(range(y));
        let (x_shift, y_shift) = (self.shift(self.x_mean, x), self.shift(self.y_mean, y));
        let BlockSums { y_rest: x_rest, yy: xx, .. } = block_sums(x, x_shift, x, x_shift);
        let BlockSums { y_rest, yy, xy } = block_sums(x, x_shift, y, y_shift);
        self.merge(&Block {
            n,
            x_mean: Compensated::of(x_shift, x_rest / count),
            y_mean: Compensated::of(y_shift, y_rest / count),
            xx: xx - x_rest * x_rest / count,
            xy: xy - x_rest * y_rest / count,
            yy: yy - y_rest * y_rest / count,
        });
    }

    /// A number near the mean of a block, as the first word of its mean.
    ///
    /// The mean of the points before will do where they are as many: what it is off adds to the
    /// squares of this block at most twice what the merge adds to the spread of all, so no digits
    /// are lost that count.
    fn shift(&self, mean: Compensated, block: &[f64]) -> f64 {
        if self.n >= block.len() { mean.value() } else { provisional_mean(block) }
    }

    /// Chan, Golub and `LeVeque` 1979, equation 2.1b and its bivariate form.
    fn merge(&mut self, block: &Block) {
        let (before, added) = (self.n as f64, block.n as f64);
        self.n += block.n;
        self.xx.add(block.xx);
        self.xy.add(block.xy);
        self.yy.add(block.yy);
        if before == 0.0 {
            (self.x_mean, self.y_mean) = (block.x_mean, block.y_mean);
            return;
        }
        let share = added / self.n as f64;
        let weight = before * share;
        let (dx, dy) = (block.x_mean.minus(self.x_mean), block.y_mean.minus(self.y_mean));
        self.xx.add(dx * dx * weight);
        self.xy.add(dx * dy * weight);
        self.yy.add(dy * dy * weight);
        self.x_mean.add(dx * share);
        self.y_mean.add(dy * share);
    }

    /// `self`, or the same points summed under a scale when their magnitudes ask for one.
    fn rescaled<I>(self, points: impl Fn() -> I) -> Self
    where
        I: Iterator<Item = (f64, f64)>,
    {
        let (x_exponent, y_exponent) = (scale_exponent(self.x_range), scale_exponent(self.y_range));
        if (x_exponent, y_exponent) == (0, 0) {
            return self;
        }
        let (x_scale, y_scale) = (power_of_two(x_exponent), power_of_two(y_exponent));
        let cloud = Self::summed(points().map(|(x, y)| (x * x_scale, y * y_scale)));
        Self { y_range: self.y_range, x_exponent, y_exponent, ..cloud }
    }
}

/// Sums of one block or part, ready to be merged.
struct Block {
    n: usize,
    x_mean: Compensated,
    y_mean: Compensated,
    xx: f64,
    xy: f64,
    yy: f64,
}

/// Exponent of the power of two that brings a range into safe magnitudes; 0 mostly.
fn scale_exponent(range: Range) -> i32 {
    let magnitude = range.min.abs().max(range.max.abs());
    if magnitude == 0.0 || !magnitude.is_finite() || (1.0 / LARGE..=LARGE).contains(&magnitude) {
        return 0;
    }
    let exponent = (magnitude.to_bits() >> 52) as i32 - 1023;
    (-exponent).clamp(-MAX_SCALE_EXPONENT, MAX_SCALE_EXPONENT)
}

/// 2^`exponent` for exponents from -1022 to 1023.
fn power_of_two(exponent: i32) -> f64 {
    f64::from_bits(((1023 + exponent) as u64) << 52)
}

/// `value * 2^exponent`, with infinities and zeros where the result leaves the range.
fn times_power_of_two(mut value: f64, mut exponent: i32) -> f64 {
    while exponent != 0 {
        let step = exponent.clamp(-MAX_SCALE_EXPONENT, MAX_SCALE_EXPONENT);
        value *= power_of_two(step);
        exponent -= step;
    }
    value
}
