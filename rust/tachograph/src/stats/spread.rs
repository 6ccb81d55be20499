//! Mean, spread and size of many numbers together, and how far they are from others: a model's
//! weights.

use super::norm::Norm;
use super::widths::at_each_width;

/// Numbers that are looked at together: as doubles they stay in the nearest cache.
const BLOCK: usize = 1 << 10;

/// Independent partial sums; a block adds 128 terms into each.
const LANES: usize = 8;

/// A number that is computed with as a double.
pub trait Wide: Copy {
    /// As a double, which holds it exactly.
    fn wide(self) -> f64;
}

impl Wide for f32 {
    fn wide(self) -> f64 {
        f64::from(self)
    }
}

impl Wide for f64 {
    fn wide(self) -> f64 {
        self
    }
}

/// Moments of numbers of which none is left out: where one is NaN, so are all of these.
///
/// Put together as in Chan, Golub and `LeVeque`, "Updating formulae and a pairwise algorithm for
/// computing sample variances" (1979).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spread {
    /// How many.
    pub n: usize,
    /// Their mean; 0 of none.
    pub mean: f64,
    /// The sum of squared deviations from it.
    pub squares: f64,
    /// The largest absolute value; 0 of none.
    pub largest: f64,
}

impl Spread {
    /// That of some numbers.
    ///
    /// ```
    /// use tachograph::stats::Spread;
    /// let spread = Spread::of(&[1.0_f32, -3.0]).joined(Spread::of(&[5.0]));
    /// assert_eq!((spread.n, spread.mean, spread.squares, spread.largest), (3, 1.0, 32.0, 5.0));
    /// ```
    pub fn of<T: Wide>(values: &[T]) -> Self {
        let mut room = [0.0; BLOCK];
        values.chunks(BLOCK).fold(Self::default(), |whole, block| {
            whole.joined(Self::of_block(widened(block, &mut room)))
        })
    }

    /// That of both one's numbers and the other's.
    #[must_use]
    pub fn joined(self, other: Self) -> Self {
        if self.n == 0 || other.n == 0 {
            return if self.n == 0 { other } else { self };
        }
        let n = self.n + other.n;
        let share = other.n as f64 / n as f64;
        let apart = other.mean - self.mean;
        Self {
            n,
            mean: self.mean + apart * share,
            squares: self.squares + other.squares + apart * apart * (self.n as f64 * share),
            largest: larger(self.largest, other.largest),
        }
    }

    fn of_block(values: &[f64]) -> Self {
        let (sum, largest) = sum_and_largest(values);
        let mean = sum / values.len() as f64;
        Self {
            n: values.len(),
            mean,
            squares: squares_about(values, mean),
            // A comparison passes NaN over, a sum does not.
            largest: if sum.is_nan() && values.iter().any(|value| value.is_nan()) {
                f64::NAN
            } else {
                largest
            },
        }
    }
}

/// The norms of what numbers have moved by, and of what they were; those without a partner are left
/// out.
pub fn moved<T: Wide>(now: &[T], then: &[T]) -> (Norm, Norm) {
    let (mut room, mut room_then) = ([0.0; BLOCK], [0.0; BLOCK]);
    let (mut change, mut norm_then) = (Norm::ZERO, Norm::ZERO);
    for (now, then) in now.chunks(BLOCK).zip(then.chunks(BLOCK)) {
        let then = widened(then, &mut room_then);
        let now = widened(now, &mut room);
        for (value, then) in now.iter_mut().zip(&*then) {
            *value -= then;
        }
        change = change.joined(Norm::of_doubles(now));
        norm_then = norm_then.joined(Norm::of_doubles(then));
    }
    (change, norm_then)
}

fn widened<'a, T: Wide>(values: &[T], room: &'a mut [f64; BLOCK]) -> &'a mut [f64] {
    for (wide, value) in room.iter_mut().zip(values) {
        *wide = value.wide();
    }
    &mut room[..values.len().min(BLOCK)]
}

/// The larger; NaN where one is.
fn larger(left: f64, right: f64) -> f64 {
    if left.is_nan() || left > right { left } else { right }
}

at_each_width! {
    /// The sum, and the largest absolute value but for NaN.
    fn sum_and_largest(values: &[f64]) -> (f64, f64) {
        let (mut sums, mut largest) = ([0.0; LANES], [0.0_f64; LANES]);
        let (chunks, rest) = values.as_chunks::<LANES>();
        for chunk in chunks {
            for lane in 0..LANES {
                let size = chunk[lane].abs();
                sums[lane] += chunk[lane];
                largest[lane] = if size > largest[lane] { size } else { largest[lane] };
            }
        }
        let sum = sums.iter().sum::<f64>() + rest.iter().sum::<f64>();
        (sum, largest.iter().chain(rest).fold(0.0, |most: f64, value| most.max(value.abs())))
    }
}

at_each_width! {
    fn squares_about(values: &[f64], mean: f64) -> f64 {
        let mut sums = [0.0; LANES];
        let (chunks, rest) = values.as_chunks::<LANES>();
        for chunk in chunks {
            for lane in 0..LANES {
                let apart = chunk[lane] - mean;
                sums[lane] += apart * apart;
            }
        }
        let rest = rest.iter().map(|&value| (value - mean) * (value - mean));
        sums.iter().sum::<f64>() + rest.sum::<f64>()
    }
}
