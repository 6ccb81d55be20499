//! Spikes, lost values, plateaus and divergences, one line a case.

use proptest::prelude::*;

use crate::stats::{
    DivergenceDetector, SpikeDetector, divergence, non_finite_runs, plateaus, robust_spread, spikes,
};

const NAN: f64 = f64::NAN;

#[test]
fn lost_values() {
    assert!(non_finite_runs(&[]).is_empty());
    assert_eq!(non_finite_runs(&[NAN; 3]), [(0, 3)]);
    assert_eq!(
        non_finite_runs(&[NAN, 1.0, f64::INFINITY, NAN, 2.0, NAN]),
        [(0, 1), (2, 4), (5, 6)]
    );
}

#[test]
fn level_stretches() {
    let noisy: Vec<f64> = (0..60).map(|row| 1.0 + 1e-4 * f64::from(row % 2)).collect();
    assert_eq!(plateaus(&noisy, 10, 0.001), [(0, 60)]);
    let falling: Vec<f64> = (0..60).map(|row| 60.0 - f64::from(row)).collect();
    assert!(plateaus(&falling, 10, 0.001).is_empty());
    assert!(plateaus(&[1.0; 4], 5, 0.1).is_empty());
    assert!(plateaus(&[NAN; 9], 3, 0.1).is_empty());
    assert_eq!(plateaus(&[0.0; 9], 3, 0.0), [(0, 9)]);
}

#[test]
fn divergences() {
    let cases: [(&[f64], Option<usize>, bool); 8] = [
        (&[], None, false),
        (&[1.0, 0.5, 0.3, 0.2], None, false),
        (&[1.0, 0.5, 0.4, 1.2], Some(3), false),
        (&[1.0, NAN, NAN, 0.5], Some(2), true),
        (&[1.0, NAN, 0.9, 0.8], None, false),
        (&[-1.0, -2.0, -2.1, 3.0], Some(3), false),
        (&[0.0, 0.0, 0.0, 1e-9], Some(3), false),
        (&[2.0, 2.0, 3.1, 3.1], Some(3), false),
    ];
    for (losses, row, is_lost) in cases {
        let found = divergence(losses, 2, 0.5);
        assert_eq!((found.row, found.is_lost), (row, is_lost), "{losses:?}");
    }
}

#[test]
fn spikes_beside_level_values() {
    assert_eq!(spikes(&[0.5, 0.5, 0.5, 0.6, 0.5], 3, 5.0), (vec![3], vec![f64::INFINITY]));
    assert!(spikes(&[0.5, 0.5, 0.5, 0.5 + 1e-16], 3, 5.0).0.is_empty());
    assert_eq!(spikes(&[1.0, NAN, 1.0, f64::INFINITY, 5.0], 2, 5.0).0, [4]);
    assert!(spikes(&[], 3, 5.0).0.is_empty());
}

proptest! {
    #[test]
    fn scores_are_those_of_the_window(
        y in prop::collection::vec(prop_oneof![9 => -1.0..1.0, 1 => Just(NAN)], 0..80),
        window in 1..12usize,
    ) {
        let mut detector = SpikeDetector::new(window, 0.5);
        let mut seen: Vec<f64> = Vec::new();
        for value in y {
            let found = detector.push(value);
            if !value.is_finite() {
                prop_assert_eq!(found, None);
                continue;
            }
            let mut expected = None;
            if let Some(start) = seen.len().checked_sub(window) {
                let spread = robust_spread(&seen[start..]);
                let score = (value - spread.median) / spread.scaled_mad;
                expected = (score.abs() > 0.5 && value != spread.median).then_some(score);
            }
            match (found, expected) {
                (Some(found), Some(score)) if score.is_finite() => {
                    prop_assert!((found - score).abs() <= 1e-12 * score.abs());
                }
                _ => prop_assert_eq!(found, expected),
            }
            seen.push(value);
        }
    }
}

proptest! {
    #[test]
    fn divergences_of_streams(
        values in prop::collection::vec(
            prop_oneof![12 => 0.1..3.0, 1 => Just(NAN), 1 => Just(f64::INFINITY)], 0..120),
        scale in prop_oneof![Just(1.0), Just(1e307), Just(-1e-200)],
        window in 1..30usize,
    ) {
        let values: Vec<f64> = values.iter().map(|value| value * scale).collect();
        let whole = divergence(&values, window, 0.5);
        let mut detector = DivergenceDetector::new(window, 0.5);
        for &value in &values {
            detector.push(value);
        }
        let found = detector.found();
        prop_assert_eq!((found.row, found.is_lost), (whole.row, whole.is_lost));
        prop_assert!(found.rise == whole.rise
            || (found.rise.is_nan() && whole.rise.is_nan())
            || (found.rise - whole.rise).abs() < 1e-12);
    }
}
