//! The stability analysis on histories with known answers.

use crate::stats::{overfitting_score, stability, trend};

const NAN: f64 = f64::NAN;

fn run(
    n: usize,
    train: impl Fn(f64) -> f64,
    val: impl Fn(f64) -> f64,
) -> (Vec<f64>, Vec<Option<f64>>) {
    let epochs = || (0..n).map(|epoch| epoch as f64);
    (epochs().map(train).collect(), epochs().map(|epoch| Some(val(epoch))).collect())
}

#[test]
fn fewer_than_two_rows_have_no_analysis() {
    assert_eq!(stability(&[], &[]), None);
    assert_eq!(stability(&[1.0], &[Some(1.0)]), None);
    assert!(stability(&[NAN, NAN], &[]).is_some());
}

#[test]
fn sparse_validation_keeps_its_unit() {
    // Validation every third epoch, falling by 0.1 an epoch.
    let train: Vec<f64> = (0..12).map(|epoch| 3.0 - 0.125 * f64::from(epoch)).collect();
    let val: Vec<Option<f64>> =
        (0..12).map(|epoch| (epoch % 3 == 2).then(|| 4.0 - 0.25 * f64::from(epoch))).collect();
    let analysis = stability(&train, &val);
    assert_eq!(analysis.map(|a| (a.train_trend, a.val_trend)), Some((-0.125, -0.25)));
    assert_eq!(analysis.map(|a| a.train_volatility), Some(trend(&train).moments.std));
}

#[test]
fn one_validation_loss_is_no_trend() {
    let analysis = stability(&[1.0, 0.5, 0.25], &[None, Some(0.7), None]);
    assert_eq!(analysis.map(|a| (a.val_trend, a.val_volatility)), Some((0.0, 0.0)));
}

#[test]
fn non_finite_losses_are_counted_not_spread() {
    let val = [Some(2.0), Some(NAN), None, Some(f64::INFINITY), Some(1.0)];
    let analysis = stability(&[4.0, NAN, 2.0, 1.0, f64::NEG_INFINITY], &val);
    assert_eq!(analysis.map(|a| (a.train_trend, a.non_finite_train)), Some((-1.0, 2)));
    assert_eq!(analysis.map(|a| (a.val_trend, a.non_finite_val)), Some((-0.25, 2)));
}

#[test]
fn diverging_losses_score_their_gap() {
    let (train, val) = run(20, |epoch| 3.0 - 0.125 * epoch, |epoch| 1.0 + 0.25 * epoch);
    assert_eq!(overfitting_score(&train, &val), 0.375);
    // Only the last ten epochs count.
    let (train, val) = run(30, |epoch| 9.0 - 0.25 * epoch, |epoch| (epoch - 20.0).abs());
    assert_eq!(overfitting_score(&train, &val), 1.25);
}

#[test]
fn losses_that_move_together_score_nothing() {
    let fall = |epoch: f64| 1.0 / (epoch + 1.0);
    for offset in [0.0, 0.1, 1e-9, 1e6] {
        let (train, val) = run(50, fall, |epoch| fall(epoch) + offset);
        assert_eq!(overfitting_score(&train, &val), 0.0, "falling, {offset} apart");
        let (train, val) = run(50, |epoch| 0.1 * epoch, |epoch| 0.1 * epoch + offset);
        assert_eq!(overfitting_score(&train, &val), 0.0, "rising, {offset} apart");
    }
    let (train, val) = run(20, fall, |epoch| 1.2 * fall(epoch));
    assert_eq!(overfitting_score(&train, &val), 0.0, "the gap closes");
}

#[test]
fn both_rising_score_the_difference() {
    let (train, val) = run(20, |epoch| 0.25 * epoch, |epoch| 0.75 * epoch);
    assert_eq!(overfitting_score(&train, &val), 0.5);
    assert_eq!(overfitting_score(&val.into_iter().flatten().collect::<Vec<_>>(), &[]), 0.0);
}

#[test]
fn pairs_are_of_the_same_epoch() {
    let (train, mut val) = run(40, |epoch| 3.0 - 0.0625 * epoch, |epoch| 1.0 + 0.25 * epoch);
    for (row, loss) in val.iter_mut().enumerate().filter(|(row, _)| row % 4 != 3) {
        *loss = if row % 4 == 0 { Some(NAN) } else { None };
    }
    assert_eq!(overfitting_score(&train, &val), 0.3125);
}

#[test]
fn fewer_than_five_pairs_score_nothing() {
    let (train, mut val) = run(5, |epoch| 5.0 - epoch, |epoch| epoch);
    assert_eq!(overfitting_score(&train, &val), 2.0);
    val[2] = Some(NAN);
    assert_eq!(overfitting_score(&train, &val), 0.0);
}
