//! Losses in pieces against the same losses at once.

use proptest::prelude::*;

use crate::stats::{LossCourse, convergence, stability, trend, trend_at};

fn close(a: f64, b: f64, scale: f64) -> bool {
    (a - b).abs() <= 1e-12 * (a.abs() + scale) || a.to_bits() == b.to_bits()
}

/// A loss: mostly some number, rarely none that counts; all of a series in one magnitude.
fn losses() -> impl Strategy<Value = Vec<f64>> {
    let value = prop_oneof![9 => -2.0..9.0_f64, 1 => Just(f64::NAN), 1 => Just(f64::INFINITY)];
    let scale = prop_oneof![Just(1.0), Just(1e-200), Just(1e200), Just(f64::MIN_POSITIVE)];
    (scale, prop::collection::vec(value, 0..1500))
        .prop_map(|(scale, values)| values.into_iter().map(|value| value * scale).collect())
}

proptest! {
    #[test]
    fn pieces(train in losses(), val in losses(), gap in 1..4usize, piece in 1..700usize) {
        let val: Vec<Option<f64>> = (0..train.len())
            .map(|row| val.get(row).copied().filter(|_| row % gap == 0))
            .collect();
        let mut reads = 0;
        let course = LossCourse::of(|course| {
            reads += 1;
            for (train, val) in train.chunks(piece).zip(val.chunks(piece)) {
                course.extend(train, val);
            }
        });
        prop_assert!(reads <= 2);
        prop_assert_eq!(course.convergence(), convergence(&train));
        let (found, whole) = (course.stability(), stability(&train, &val));
        prop_assert_eq!(found.is_some(), train.len() > 1);
        let (Some(found), Some(whole)) = (found, whole) else { return Ok(()) };
        let on_train = trend(&train);
        let (rows, losses): (Vec<f64>, Vec<f64>) = val
            .iter()
            .enumerate()
            .filter_map(|(row, loss)| loss.map(|loss| (row as f64, loss)))
            .unzip();
        let on_val = trend_at(&rows, &losses);
        prop_assert!(close(found.train_trend, on_train.slope, on_train.moments.std));
        prop_assert!(close(found.val_trend, on_val.slope, on_val.moments.std));
        prop_assert!(close(found.train_volatility, on_train.moments.std, 0.0));
        prop_assert!(close(found.val_volatility, on_val.moments.std, 0.0));
        prop_assert_eq!(found.non_finite_train, on_train.moments.non_finite);
        prop_assert_eq!(found.non_finite_val, on_val.moments.non_finite);
        prop_assert_eq!(found.overfitting_score.to_bits(), whole.overfitting_score.to_bits());
        prop_assert_eq!(found.convergence_status, whole.convergence_status);
    }
}
