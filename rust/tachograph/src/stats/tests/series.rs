//! Edges of moments, trends and totals.

use crate::stats::{Total, moments, trend, trend_at};

const NAN: f64 = f64::NAN;
const INF: f64 = f64::INFINITY;

#[test]
fn too_little_data_has_slope_zero() {
    for y in [&[][..], &[1.0], &[NAN, INF], &[NAN, 2.0, -INF]] {
        let result = trend(y);
        assert_eq!((result.slope, result.moments.std), (0.0, 0.0), "{y:?}");
        assert_eq!(result.moments.n + result.moments.non_finite, y.len());
    }
    assert_eq!(trend_at(&[3.0, 3.0, 3.0], &[1.0, 2.0, 5.0]).slope, 0.0);
    assert_eq!(trend_at(&[NAN, 3.0], &[1.0, 2.0]).slope, 0.0);
}

#[test]
fn no_finite_value_has_no_mean() {
    let result = moments(&[NAN, INF]);
    assert!(result.mean.is_nan() && result.min.is_nan() && result.max.is_nan());
    assert_eq!((result.n, result.non_finite, result.std), (0, 2, 0.0));
}

#[test]
fn closed_forms() {
    let cases: [(&[f64], f64, f64, f64); 6] = [
        (&[4.0, 3.0, 2.0, 1.0], -1.0, 2.5, 1.25_f64.sqrt()),
        (&[0.1; 7], 0.0, 0.1, 0.0),
        (&[1.0, NAN, 2.0], 0.5, 1.5, 0.5),
        (&[INF, 1.0, 3.0], 2.0, 2.0, 1.0),
        (&[1e300, -1e300], -2e300, 0.0, 1e300),
        (&[0.0, 1e-320], 1e-320, 5e-321, 5e-321),
    ];
    for (y, slope, mean, std) in cases {
        let result = trend(y);
        assert_eq!(
            (result.slope, result.moments.mean, result.moments.std),
            (slope, mean, std),
            "{y:?}"
        );
    }
}

#[test]
fn extremes_are_exact_at_every_magnitude() {
    for (min, max) in [(-1e308, f64::MAX), (5e-324, 1e308), (-5e-324, 5e-324), (1.0, 1.0)] {
        let result = moments(&[max, min, NAN, max]);
        assert_eq!((result.min, result.max), (min, max));
    }
}

#[test]
fn the_last_finite_numbers_do_not_overflow() {
    let y = vec![f64::MAX; 2000];
    assert_eq!((trend(&y).slope, moments(&y).mean, moments(&y).std), (0.0, f64::MAX, 0.0));
    let result = trend(&[-f64::MAX, 0.0, f64::MAX]);
    assert_eq!((result.slope, result.moments.mean), (f64::MAX, 0.0));
    assert_eq!(trend(&[-f64::MAX, f64::MAX]).slope, INF);
}

#[test]
fn totals() {
    let total = |terms: &[f64]| {
        let mut total = Total::default();
        for &term in terms {
            total.push(term);
        }
        total.value()
    };
    assert_eq!(
        (total(&[]), total(&[0.1, 0.2, 0.3]), total(&[1e100, 1.0, -1e100])),
        (0.0, 0.6, 1.0)
    );
    assert_eq!((total(&[f64::MAX, f64::MAX]), total(&[1.0, -INF])), (INF, -INF));
    assert!(total(&[INF, -INF]).is_nan() && total(&[1.0, NAN]).is_nan());
}
