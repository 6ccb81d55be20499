//! Statistics of pairs against lists of all pairs.

use proptest::prelude::*;

use crate::stats::{mann_kendall, robust_spread, theil_sen, theil_sen_at};

fn all_slopes(points: &[(f64, f64)]) -> Vec<f64> {
    let mut slopes = Vec::new();
    for (i, a) in points.iter().enumerate() {
        for b in &points[..i] {
            if a.0 != b.0 {
                slopes.push((a.1 - b.1) / (a.0 - b.0));
            }
        }
    }
    slopes.sort_by(f64::total_cmp);
    slopes
}

fn middle(sorted: &[f64]) -> f64 {
    let n = sorted.len();
    f64::midpoint(sorted[(n - 1) / 2], sorted[n / 2])
}

fn noise(n: usize, seed: u64) -> impl Iterator<Item = f64> {
    (0..n as u64).map(move |i| {
        let mixed = (i + seed).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        (mixed >> 11) as f64 / 2f64.powi(53)
    })
}

/// Long enough that the slopes are sampled, not listed.
#[test]
fn sampled_medians_are_exact() {
    let n = 1200;
    let curves: [(&str, Vec<f64>); 6] = [
        ("noise", noise(n, 1).collect()),
        ("falling", noise(n, 2).enumerate().map(|(i, e)| 1.0 / (i + 1) as f64 + e).collect()),
        ("offset", noise(n, 3).map(|e| 1e15 + 100.0 * e).collect()),
        ("few values", noise(n, 4).map(|e| (3.0 * e).floor()).collect()),
        ("constant", vec![0.3; n]),
        ("line", (0..n).map(|i| 2.0 - 0.1 * i as f64).collect()),
    ];
    for (name, y) in curves {
        let points: Vec<_> = y.iter().enumerate().map(|(i, &y)| (i as f64, y)).collect();
        let expected = middle(&all_slopes(&points));
        let slope = theil_sen(&y).slope;
        assert!((slope - expected).abs() <= 4.0 * f64::EPSILON * expected.abs(), "{name}");
    }
}

#[test]
fn ranks_of_too_little() {
    for y in [&[][..], &[1.0], &[f64::NAN, 2.0, f64::INFINITY]] {
        assert!(theil_sen(y).slope.is_nan() && theil_sen(y).intercept.is_nan());
        let test = mann_kendall(y);
        assert!(test.z.is_nan() && test.p.is_nan() && test.tau.is_nan());
        assert_eq!((test.s, test.n + test.non_finite), (0, y.len()));
    }
    assert!(mann_kendall(&[2.0; 5]).z.is_nan());
    assert!(theil_sen_at(&[1.0, 1.0], &[1.0, 2.0]).slope.is_nan());
    assert!(robust_spread(&[f64::NAN]).median.is_nan());
    assert_eq!(robust_spread(&[7.0]).scaled_mad, 0.0);
}

proptest! {
    #[test]
    fn medians_of_slopes(points in prop::collection::vec((-20..20i32, -9..9i32), 0..40)) {
        let (x, y): (Vec<f64>, Vec<f64>) =
            points.iter().map(|&(x, y)| (f64::from(x), f64::from(y) / 8.0)).unzip();
        let both: Vec<(f64, f64)> = x.iter().copied().zip(y.iter().copied()).collect();
        let slopes = all_slopes(&both);
        let line = theil_sen_at(&x, &y);
        if slopes.is_empty() {
            prop_assert!(line.slope.is_nan());
        } else {
            prop_assert_eq!(line.slope, middle(&slopes));
        }
    }

    #[test]
    fn rises_less_falls(values in prop::collection::vec(-5..5i32, 0..60)) {
        let y: Vec<f64> = values.iter().copied().map(f64::from).collect();
        let mut s = 0;
        for i in 0..values.len() {
            s += values[i + 1..].iter().map(|v| i128::from((v - values[i]).signum())).sum::<i128>();
        }
        prop_assert_eq!(mann_kendall(&y).s, s);
    }
}
