//! Windows and streams against the same sums done from scratch.

use proptest::prelude::*;

use crate::stats::{
    ExponentialMean, Rolled, Running, Total, exponential, moments, rolling, tensorboard, trend,
    trend_at,
};

const NAN: f64 = f64::NAN;

/// The mean of the finite values, rounded twice; NaN if there is none.
fn mean_of_finite(part: &[f64]) -> f64 {
    let (mut total, mut n) = (Total::default(), 0.0);
    for &value in part.iter().filter(|value| value.is_finite()) {
        total.push(value);
        n += 1.0;
    }
    if n == 0.0 { NAN } else { total.value() / n }
}

fn same(a: f64, b: f64, tolerance: f64) -> bool {
    (a.is_nan() && b.is_nan()) || (a - b).abs() <= tolerance
}

fn series() -> impl Strategy<Value = Vec<f64>> {
    let value = prop_oneof![8 => -1.0..1.0, 1 => Just(NAN), 1 => Just(f64::INFINITY)];
    (prop::collection::vec(value, 0..90), prop_oneof![Just(0.0), Just(1e15), Just(-1e9)])
        .prop_map(|(values, offset)| values.iter().map(|value| value + offset).collect())
}

proptest! {
    #[test]
    fn windows(y in series(), window in 1..40usize) {
        let means = rolling(None, &y, window, Rolled::Mean);
        let stds = rolling(None, &y, window, Rolled::Std);
        let slopes = rolling(None, &y, window, Rolled::Slope);
        let x: Vec<f64> = (0..y.len()).map(|row| 3e9 + 2.0 * row as f64).collect();
        let halves = rolling(Some(&x), &y, window, Rolled::Slope);
        for row in 0..y.len() {
            let part = &y[(row + 1).saturating_sub(window)..=row];
            let expected = trend(part);
            let known = |value| if expected.moments.n == 0 { NAN } else { value };
            let mean = mean_of_finite(part);
            prop_assert!(same(means[row], mean, f64::EPSILON * mean.abs()));
            prop_assert!(same(stds[row], known(expected.moments.std), 1e-13));
            let slope = if expected.moments.n < 2 { NAN } else { expected.slope };
            prop_assert!(same(slopes[row], slope, 1e-12));
            prop_assert!(same(halves[row], slope / 2.0, 1e-12));
        }
    }

    #[test]
    fn streams(y in series(), cut in any::<prop::sample::Index>()) {
        let (mut all, mut left, mut right) =
            (Running::default(), Running::default(), Running::default());
        let cut = cut.index(y.len() + 1);
        let x: Vec<f64> = (0..y.len()).map(|row| 1e9 + row as f64).collect();
        for (row, (&x, &y)) in x.iter().zip(&y).enumerate() {
            all.push(x, y);
            if row < cut { left.push(x, y) } else { right.push(x, y) }
        }
        let expected = moments(&y);
        let slope = if expected.n < 2 { NAN } else { trend_at(&x, &y).slope };
        let std = if expected.n == 0 { NAN } else { expected.std };
        for running in [all, left.joined(&right)] {
            prop_assert_eq!((running.n, running.non_finite), (expected.n, expected.non_finite));
            prop_assert!(same(running.mean(), expected.mean, 1e-14 * (1.0 + expected.mean.abs())));
            prop_assert!(same(running.std(), std, 1e-13));
            prop_assert!(same(running.slope(), slope, 1e-12));
        }
    }

    #[test]
    fn exponential_means(y in series(), alpha in 0.01..1.0) {
        let (mut sum, mut weight) = (0.0, 0.0);
        for (value, smoothed) in y.iter().zip(exponential(&y, alpha)) {
            if value.is_finite() {
                sum = (1.0 - alpha) * sum + value;
                weight = (1.0 - alpha) * weight + 1.0;
            }
            prop_assert!(same(smoothed, sum / weight, 1e-13 * (sum / weight).abs() + 1e-13));
        }
    }
}

#[test]
fn a_spike_leaves_no_trace() {
    let mut y = vec![0.25; 50];
    y[10] = 1e300;
    assert!(rolling(None, &y, 7, Rolled::Mean)[17..].iter().all(|&mean| mean == 0.25));
    assert!(rolling(None, &y, 7, Rolled::Std)[17..].iter().all(|&std| std == 0.0));
}

#[test]
fn means_of_constants_and_of_the_largest_numbers() {
    for value in [0.1, -1e300, 5e-324, 1e15 + 0.1] {
        for window in [1, 2, 3, 7, 49, 100] {
            let mut y = vec![value; 100];
            y[50] = NAN;
            let means = rolling(None, &y, window, Rolled::Mean);
            for (row, mean) in means.into_iter().enumerate() {
                assert!(mean == value || (window == 1 && row == 50 && mean.is_nan()));
            }
        }
    }
    let means = rolling(None, &[f64::MAX, f64::MAX, f64::INFINITY, 1.0], 2, Rolled::Mean);
    assert_eq!(means, [f64::MAX, f64::MAX, f64::MAX, 1.0]);
}

#[test]
fn means_of_many_rows_on_several_threads() {
    let y: Vec<f64> =
        (0..300_000_u32).map(|row| f64::from(row.wrapping_mul(40_503) >> 7)).collect();
    for window in [1, 100, 70_000, 150_001] {
        let means = rolling(None, &y, window, Rolled::Mean);
        for row in (0..y.len()).step_by(20_011).chain([65_535, 65_536, 131_100, 299_999]) {
            let part = &y[(row + 1).saturating_sub(window)..=row];
            assert_eq!(means[row], mean_of_finite(part), "row {row} of windows of {window}");
        }
    }
}

#[test]
fn exponential_means_at_the_ends_of_their_range() {
    let plain = exponential(&[1.0, 2.0, 6.0, 7.0], 1e-20);
    assert_eq!(plain, [1.0, 1.5, 3.0, 4.0]);
    let opposite = exponential(&[f64::MAX, -f64::MAX], 0.5);
    assert!((opposite[1] / f64::MAX + 1.0 / 3.0).abs() < 1e-15);
}

#[test]
fn smoothing_of_constants_and_of_nothing() {
    assert!(rolling(None, &[], 3, Rolled::Mean).is_empty());
    assert_eq!(exponential(&[f64::MAX; 4], 0.1), [f64::MAX; 4]);
    assert!(exponential(&[NAN], 0.1)[0].is_nan());
    assert_eq!(exponential(&[3.0, NAN, 4.0], 1.0), [3.0, 3.0, 4.0]);
    assert_eq!(tensorboard(&[0.1, 0.1], 0.9), [0.1, 0.1]);
    assert!(tensorboard(&[1.0, f64::INFINITY, 2.0], 0.5)[1].is_infinite());
    assert!(tensorboard(&[], 0.5).is_empty());
    assert!(ExponentialMean::new(0.5).value().is_nan());
}
