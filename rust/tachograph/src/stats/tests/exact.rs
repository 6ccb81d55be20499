//! Slope, mean and standard deviation held against exact integer arithmetic on the same floats.

use num_bigint::BigInt;
use proptest::prelude::*;

use crate::stats::{Total, moments, trend, trend_at};

/// Every finite `f64` is a whole number of 2^-1074.
const UNIT_EXPONENT: usize = 1074;

/// `value / 2^-1074`.
fn whole(value: f64) -> BigInt {
    let bits = value.to_bits();
    let fraction = (bits & ((1 << 52) - 1)) as i64;
    let (mantissa, shift) = match (bits >> 52) as usize & 0x7FF {
        0 => (fraction, 0),
        exponent => (fraction | 1 << 52, exponent - 1),
    };
    BigInt::from(if value < 0.0 { -mantissa } else { mantissa }) << shift
}

/// `n^2` times the variances and the covariance, `n` times the mean of y, in units of 2^-1074.
struct Exact {
    n: BigInt,
    y_sum: BigInt,
    xx: BigInt,
    xy: BigInt,
    yy: BigInt,
}

impl Exact {
    fn new(x: &[BigInt], y: &[f64]) -> Self {
        let y: Vec<BigInt> = y.iter().copied().map(whole).collect();
        let n = BigInt::from(y.len());
        let product = |a: &[BigInt], b: &[BigInt]| {
            let both: BigInt = a.iter().zip(b).map(|(a, b)| a * b).sum();
            &n * both - a.iter().sum::<BigInt>() * b.iter().sum::<BigInt>()
        };
        let (xx, xy, yy) = (product(x, x), product(x, &y), product(&y, &y));
        Self { y_sum: y.iter().sum(), xx, xy, yy, n }
    }

    fn of_points(x: &[f64], y: &[f64]) -> Self {
        Self::new(&x.iter().copied().map(whole).collect::<Vec<_>>(), y)
    }

    fn of_series(y: &[f64]) -> Self {
        Self::new(&(0..y.len()).map(|i| BigInt::from(i) << UNIT_EXPONENT).collect::<Vec<_>>(), y)
    }

    /// `|slope - exact|^2 <= 1e-24 (exact^2 + var(y) / var(x))`, or within a subnormal unit.
    fn accepts_slope(&self, slope: f64) -> bool {
        if self.xx == BigInt::ZERO {
            return slope == 0.0;
        }
        if slope.is_infinite() {
            // The largest number lies within the bound around the slope.
            let largest = (whole(f64::MAX) * &self.xx) >> UNIT_EXPONENT;
            let bound = (&self.xx * &self.yy).sqrt() / 10u64.pow(12);
            let towards = if slope > 0.0 { self.xy.clone() } else { -&self.xy };
            return towards + bound >= largest;
        }
        let error = whole(slope) * &self.xx - (&self.xy << UNIT_EXPONENT);
        let square = &error * &error;
        let bound = (&self.xy * &self.xy + &self.yy * &self.xx) << (2 * UNIT_EXPONENT);
        square * BigInt::from(10).pow(24) <= bound || error.magnitude() <= self.xx.magnitude()
    }

    /// `|std - exact| <= 1e-12 exact`, or within a subnormal unit.
    fn accepts_std(&self, std: f64) -> bool {
        let exact = BigInt::from(self.yy.magnitude().sqrt());
        let error = whole(std) * &self.n - &exact;
        error.magnitude() <= &(exact.magnitude() / 10u64.pow(12) + self.n.magnitude())
    }

    /// `|mean - exact| <= 2^-52 |exact| + 1e-12 std`, or within a subnormal unit.
    fn accepts_mean(&self, mean: f64) -> bool {
        let error = (whole(mean) * &self.n - &self.y_sum).magnitude().clone();
        let rounding = (self.y_sum.magnitude() >> 52u32) + self.n.magnitude();
        let spread = self.yy.magnitude().sqrt() / BigInt::from(10).pow(12).magnitude();
        error <= rounding + spread
    }
}

fn check_series(y: &[f64]) {
    let exact = Exact::of_series(y);
    let result = trend(y);
    assert!(exact.accepts_slope(result.slope), "slope {} of {y:?}", result.slope);
    assert!(exact.accepts_std(result.moments.std), "std {} of {y:?}", result.moments.std);
    assert!(exact.accepts_mean(result.moments.mean), "mean {} of {y:?}", result.moments.mean);
    assert_eq!(moments(y), result.moments);
}

/// Families of series: any float, noise at an offset, nearly constant, a jump, mixed magnitudes.
fn series(max_len: usize) -> impl Strategy<Value = Vec<f64>> {
    let finite = || any::<f64>().prop_filter("finite", |value| value.is_finite());
    let noise = || prop::collection::vec(-1.0..1.0, 2..max_len);
    let offset = (noise(), -12..18, -20..4).prop_map(|(noise, offset, spread)| {
        let (offset, spread) = (10f64.powi(offset), 10f64.powi(spread));
        noise.into_iter().map(|value| offset + spread * value).collect()
    });
    let ulps = (finite(), prop::collection::vec(0..4u64, 2..max_len)).prop_map(|(base, steps)| {
        let base = base.clamp(-1e300, 1e300).to_bits();
        steps.into_iter().map(|step| f64::from_bits(base + step)).collect()
    });
    let spike = (noise(), finite(), any::<prop::sample::Index>()).prop_map(|(mut y, spike, at)| {
        let at = at.index(y.len());
        y[at] = spike;
        y
    });
    let scaled = (noise(), -1074..1023).prop_map(|(noise, exponent)| {
        let half = 2f64.powi(exponent / 2);
        noise.into_iter().map(|value| value * half * 2f64.powi(exponent - exponent / 2)).collect()
    });
    // The mean of the rows before says little of those after the jump.
    let jump = (noise(), -12..18, -20..4, any::<prop::sample::Index>()).prop_map(
        |(mut y, offset, spread, at)| {
            let (at, offset, spread) = (at.index(y.len()), 10f64.powi(offset), 10f64.powi(spread));
            for (row, value) in y.iter_mut().enumerate() {
                *value = *value * spread + if row < at { 0.0 } else { offset };
            }
            y
        },
    );
    let constant = (finite(), 2..max_len).prop_map(|(value, len)| vec![value; len]);
    let wild = prop::collection::vec(finite(), 2..max_len);
    prop_oneof![noise(), offset, ulps, spike, scaled, jump, constant, wild]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn short_series(y in series(40)) {
        check_series(&y);
    }

    #[test]
    fn points(x in series(40), y in series(40)) {
        let n = x.len().min(y.len());
        let result = trend_at(&x, &y);
        prop_assert!(Exact::of_points(&x[..n], &y[..n]).accepts_slope(result.slope));
    }

    #[test]
    fn a_gap_is_a_missing_point(y in series(40), gap in any::<prop::sample::Index>()) {
        let gap = gap.index(y.len());
        let (mut with_gap, mut x, mut rest) = (y.clone(), Vec::new(), Vec::new());
        with_gap[gap] = f64::NAN;
        for (row, &value) in y.iter().enumerate().filter(|&(row, _)| row != gap) {
            x.push(row as f64);
            rest.push(value);
        }
        let result = trend(&with_gap);
        prop_assert_eq!(result.moments.non_finite, 1);
        prop_assert!(Exact::of_points(&x, &rest).accepts_slope(result.slope));
    }

    #[test]
    fn totals(y in prop::collection::vec(-1e9..1e9, 0..60)) {
        let exact: BigInt = y.iter().copied().map(whole).sum();
        let mut total = Total::default();
        for &term in &y {
            total.push(term);
        }
        let error = whole(total.value()) - &exact;
        prop_assert!(error.magnitude() <= &(exact.magnitude() >> 52u32));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn series_of_several_blocks(y in series(2500)) {
        check_series(&y);
    }

    #[test]
    fn points_of_several_blocks(x in series(1500), y in series(1500)) {
        let n = x.len().min(y.len());
        let result = trend_at(&x, &y);
        prop_assert!(Exact::of_points(&x[..n], &y[..n]).accepts_slope(result.slope));
    }
}

#[test]
fn lengths_around_lanes_and_blocks() {
    for len in (2..=20).chain(508..=522).chain([1023, 1024, 1025, 5000]) {
        let curve: Vec<f64> = (0..len).map(|row| 1e9 + 1.0 / f64::from(row + 1)).collect();
        check_series(&curve);
        let line: Vec<f64> = (0..len).map(|row| 1e15 - 3.0 * f64::from(row)).collect();
        assert_eq!(trend(&line).slope, -3.0, "length {len}");
    }
}

#[test]
fn series_of_several_parts() {
    let noise = |row: u32| f64::from(row.wrapping_mul(0x9E37_79B9) >> 12) / 1e6;
    for (n, offset) in [(131_073, 1e9), (270_000, -1e12)] {
        let mut y: Vec<f64> =
            (0..n).map(|row| offset + noise(row) - f64::from(row) / 1e5).collect();
        check_series(&y);
        let lost = y.split_off(131_073);
        let slope = trend(&y).slope;
        y.extend(lost.iter().map(|_| f64::NAN));
        assert_eq!(trend(&y).slope, slope);
        assert_eq!(trend(&y).moments.non_finite, lost.len());
    }
}
