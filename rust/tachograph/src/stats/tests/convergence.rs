//! Statuses of training curves, and what must not change them.

use proptest::prelude::*;

use crate::stats::ConvergenceStatus::{Converged, Converging, InsufficientData, NotConverged};
use crate::stats::{ConvergenceStatus, Progress, convergence, convergence_status, moments};

const NAN: f64 = f64::NAN;

fn harmonic(n: usize) -> Vec<f64> {
    (0..n).map(|epoch| 1.0 / (epoch + 1) as f64).collect()
}

#[test]
fn statuses() {
    let cases: [(&[f64], ConvergenceStatus); 17] = [
        (&[], InsufficientData),
        (&[1.0, 0.9, 0.8, 0.7], InsufficientData),
        (&[1.0, NAN, 0.9, 0.8, f64::INFINITY, 0.7], InsufficientData),
        (&[0.5; 5], Converged),
        (&[0.0; 5], Converged),
        (&[1.0, 0.5, 0.2001, 0.2, 0.2002, 0.2, 0.2001], Converged),
        (&[1.0, 0.8, 0.6, 0.4, 0.3, 0.2, 0.1], Converging),
        (&[1.0, 0.98, 0.96, 0.94, 0.92, 0.9], NotConverged),
        (&[0.5, 0.6, 0.7, 0.8, 0.9, 1.0], NotConverged),
        (&[NAN, 1.0, 0.8, 0.4, 0.3, 0.2, 0.1], Converging),
        (&[1.0, 0.8, NAN, 0.4, 0.3, 0.2, 0.1], Converging),
        (&[1.0, 0.5, 0.5, 0.5, 0.5, 0.5, NAN, NAN, NAN, NAN, NAN], NotConverged),
        (&[-1.0, -1.5, -2.0, -2.5, -2.6, -2.7, -2.8, -2.9], Converging),
        (&[-1.0, -0.9, -0.8, -0.7, -0.6, -0.5], NotConverged),
        (&[-1.0, -1.2, -0.8, -1.2, -0.8, -1.2], NotConverged),
        (&[0.0, -1.0, -2.0, -3.0, -4.0, -5.0], Converging),
        (&[-f64::MAX, f64::MAX, 0.0, f64::MAX, -f64::MAX], NotConverged),
    ];
    for (train, status) in cases {
        assert_eq!(convergence_status(train), status, "{train:?}");
    }
}

#[test]
fn losses_of_order_one_have_the_absolute_threshold() {
    // Alternating around 1 with a standard deviation just below and just above 0.001.
    for (amplitude, status) in [(0.001, Converged), (0.00104, NotConverged)] {
        let train: Vec<f64> = (0..9).map(|i| 1.0 + amplitude * f64::from(i % 2 * 2 - 1)).collect();
        assert_eq!(convergence_status(&train), status);
    }
}

#[test]
fn words() {
    let statuses = [InsufficientData, Converged, Converging, NotConverged];
    let words = ["insufficient_data", "converged", "converging", "not_converged"];
    assert_eq!(statuses.map(ConvergenceStatus::as_str), words);
    let progress = [Progress::InsufficientData, Progress::Converging, Progress::Plateaued];
    assert_eq!(progress.map(Progress::as_str), ["insufficient_data", "converging", "plateaued"]);
}

#[test]
fn progress() {
    let rising: Vec<f64> = harmonic(15).into_iter().rev().collect();
    let lost = [harmonic(12), vec![NAN; 5]].concat();
    let cases = [
        (harmonic(9), Progress::InsufficientData),
        ([harmonic(9), vec![NAN; 3]].concat(), Progress::InsufficientData),
        (harmonic(10), Progress::Converging),
        (harmonic(15), Progress::Converging),
        (vec![0.3; 20], Progress::Plateaued),
        (rising, Progress::Plateaued),
        (lost, Progress::Plateaued),
        (harmonic(15).iter().map(|loss| loss - 2.0).collect(), Progress::Converging),
        (harmonic(15).iter().map(|loss| 1e-4 * loss).collect(), Progress::Converging),
    ];
    for (train, status) in cases {
        assert_eq!(convergence(&train).status, status, "{train:?}");
    }
}

#[test]
fn progress_has_exact_numbers() {
    let train = harmonic(15);
    let result = convergence(&train);
    let improvement = (1.0 + 1.0 / 2.0 + 1.0 / 3.0 + 1.0 / 4.0 + 1.0 / 5.0) / 5.0
        - (1.0 / 11.0 + 1.0 / 12.0 + 1.0 / 13.0 + 1.0 / 14.0 + 1.0 / 15.0) / 5.0;
    assert!(result.improvement.is_some_and(|value| (value - improvement).abs() < 1e-15));
    assert_eq!(result.stability, Some(moments(&train[10..]).std));
    let short = convergence(&train[..9]);
    assert_eq!((short.improvement, short.stability), (None, None));
}

proptest! {
    /// A power of two scales every float exactly, so the status must stay, not nearly stay.
    #[test]
    fn scale_changes_no_status(
        train in prop::collection::vec(prop_oneof![9 => -2.0..2.0, 1 => Just(NAN)], 0..30),
        flat in 0..30usize,
        exponent in -200..200,
    ) {
        let mut train = train;
        train.extend((0..flat).map(|i| 0.5 + 0.002 * (i % 2) as f64));
        let scaled: Vec<f64> = train.iter().map(|loss| loss * 2f64.powi(exponent)).collect();
        prop_assert_eq!(convergence_status(&train), convergence_status(&scaled));
        prop_assert_eq!(convergence(&train).status, convergence(&scaled).status);
    }
}
