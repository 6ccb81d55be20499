//! Euclidean norms of many numbers: those of a model's gradients.

use super::widths::at_each_width;

/// Independent partial sums: enough for the latency of an addition to be hidden, and rounding stays
/// below 1e-12 of the norm for a thousand million terms.
const LANES: usize = 32;

/// Outside of these, squares of doubles have lost digits or overflowed: the least is where a term
/// of relative weight 1e-16 would be subnormal.
const SAFE_SQUARES: std::ops::Range<f64> = 1e-280..f64::INFINITY;

/// A norm in the making: `scale * sqrt(squares)`, so that no square overflows, as LAPACK's `dlassq`
/// keeps it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Norm {
    scale: f64,
    squares: f64,
}

impl Norm {
    /// That of no numbers.
    pub const ZERO: Self = Self { scale: 1.0, squares: 0.0 };

    /// The norm of singles, whose squares no double fails to hold.
    pub fn of_singles(values: &[f32]) -> Self {
        Self { scale: 1.0, squares: squares_of_singles(values) }
    }

    /// The norm of doubles.
    pub fn of_doubles(values: &[f64]) -> Self {
        let squares = squares_of_doubles(values, 1.0);
        if SAFE_SQUARES.contains(&squares) {
            return Self { scale: 1.0, squares };
        }
        let scale = values.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
        if scale == 0.0 || !scale.is_finite() || squares.is_nan() {
            return Self { scale: 1.0, squares };
        }
        Self { scale, squares: squares_of_doubles(values, scale) }
    }

    /// The norm of both one's numbers and the other's.
    #[must_use]
    pub fn joined(self, other: Self) -> Self {
        if self.scale.to_bits() == other.scale.to_bits() {
            return Self { scale: self.scale, squares: self.squares + other.squares };
        }
        if self.squares == 0.0 || other.squares == 0.0 {
            return if self.squares == 0.0 { other } else { self };
        }
        let (large, small) = if self.scale > other.scale { (self, other) } else { (other, self) };
        let ratio = small.scale / large.scale;
        Self { scale: large.scale, squares: large.squares + small.squares * ratio * ratio }
    }

    /// The norm: 0 of no numbers; not finite where a number is not, or where it is past the largest
    /// double.
    ///
    /// ```
    /// use tachograph::stats::Norm;
    /// assert_eq!(Norm::of_singles(&[3.0]).joined(Norm::of_doubles(&[4.0])).value(), 5.0);
    /// // Squares past the largest double are none of these.
    /// assert!((Norm::of_doubles(&[3e200, 4e200]).value() / 5e200 - 1.0).abs() < 1e-15);
    /// ```
    pub fn value(self) -> f64 {
        self.scale * self.squares.sqrt()
    }
}

at_each_width! {
    fn squares_of_singles(values: &[f32]) -> f64 {
        let mut sums = [0.0; LANES];
        let (chunks, rest) = values.as_chunks::<LANES>();
        for chunk in chunks {
            for lane in 0..LANES {
                let value = f64::from(chunk[lane]);
                sums[lane] += value * value;
            }
        }
        let rest = rest.iter().map(|&value| f64::from(value) * f64::from(value));
        sums.iter().sum::<f64>() + rest.sum::<f64>()
    }
}

at_each_width! {
    fn squares_of_doubles(values: &[f64], scale: f64) -> f64 {
        let mut sums = [0.0; LANES];
        let (chunks, rest) = values.as_chunks::<LANES>();
        if scale.to_bits() == 1.0_f64.to_bits() {
            // Apart, since a division by one costs as much as any.
            for chunk in chunks {
                for lane in 0..LANES {
                    sums[lane] += chunk[lane] * chunk[lane];
                }
            }
        } else {
            for chunk in chunks {
                for lane in 0..LANES {
                    let value = chunk[lane] / scale;
                    sums[lane] += value * value;
                }
            }
        }
        let rest = rest.iter().map(|&value| (value / scale) * (value / scale));
        sums.iter().sum::<f64>() + rest.sum::<f64>()
    }
}
