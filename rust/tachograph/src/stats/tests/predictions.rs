use crate::stats::{Aside, Predictions};
use proptest::prelude::*;

const IGNORED: i64 = -100;
const BINS: usize = 10;

fn softmax(logits: &[f64]) -> Vec<f64> {
    let exps: Vec<f64> = logits.iter().map(|logit| logit.exp()).collect();
    let sum: f64 = exps.iter().sum();
    exps.iter().map(|exp| exp / sum).collect()
}

fn close(left: f64, right: f64) -> bool {
    left == right || (left - right).abs() <= 1e-12
}

prop_compose! {
    fn batches()(classes in 1..6_usize)(
        samples in prop::collection::vec(
            (prop::collection::vec(-20.0..20.0_f64, classes), -1..=classes as i64, 0..4),
            0..60,
        ),
        cuts in prop::collection::vec(0..10_usize, 0..8),
        classes in Just(classes),
    ) -> (usize, Vec<(Vec<f64>, i64)>, Vec<usize>) {
        let samples = samples
            .into_iter()
            .map(|(logits, label, kind)| (logits, if kind == 0 { IGNORED } else { label }))
            .collect();
        (classes, samples, cuts)
    }
}

proptest! {
    #[test]
    fn batches_come_to_what_all_samples_do((classes, samples, cuts) in batches()) {
        let mut predictions = Predictions::new(classes, BINS, IGNORED);
        let mut rest = samples.as_slice();
        for cut in cuts.into_iter().chain([samples.len()]) {
            let (batch, after) = rest.split_at(cut.min(rest.len()));
            let logits: Vec<f64> = batch.iter().flat_map(|(logits, _)| logits.clone()).collect();
            let labels: Vec<i64> = batch.iter().map(|&(_, label)| label).collect();
            predictions.add(&logits, &labels, None);
            rest = after;
        }

        let mut confusion = vec![0; classes * classes];
        let (mut confidences, mut aside) = (Vec::new(), Aside::default());
        let (mut right, mut wrong) = ((0, 0.0), (0, 0.0));
        for (logits, label) in &samples {
            if *label == IGNORED {
                aside.ignored += 1;
            } else if *label < 0 || *label >= classes as i64 {
                aside.out_of_range += 1;
            } else {
                let shares = softmax(logits);
                let confidence = shares.iter().copied().fold(0.0, f64::max);
                let predicted = shares.iter().position(|&share| share == confidence).unwrap_or(0);
                confusion[*label as usize * classes + predicted] += 1;
                let side = if predicted as i64 == *label { &mut right } else { &mut wrong };
                *side = (side.0 + 1, side.1 + confidence);
                confidences.push(confidence);
            }
        }
        prop_assert_eq!(&predictions.confusion, &confusion);
        prop_assert_eq!(predictions.aside, aside);
        let n = confidences.len();
        prop_assert_eq!(predictions.confidences.n, n);
        if n > 0 {
            let mean = confidences.iter().sum::<f64>() / n as f64;
            prop_assert!(close(predictions.confidences.mean(), mean));
            let least = confidences.iter().copied().fold(f64::INFINITY, f64::min);
            prop_assert!(close(predictions.confidences.min, least));
        }
        for (side, (count, sum)) in [right, wrong].into_iter().enumerate() {
            let of_side = |bins: &[[i64; 2]]| bins.iter().map(|bin| bin[side]).sum::<i64>();
            prop_assert_eq!(of_side(&predictions.bin_samples), count);
            prop_assert!((predictions.bin_sums.iter().map(|bin| bin[side]).sum::<f64>() - sum).abs() < 1e-9);
        }
    }

    #[test]
    fn confidences_lie_in_their_bins(logit in -30.0..30.0_f64) {
        let mut predictions = Predictions::new(2, BINS, IGNORED);
        predictions.add(&[logit, 0.0], &[0], None);
        let confidence = predictions.confidences.mean();
        let bin = predictions.bin_samples.iter().position(|bin| bin != &[0, 0]).unwrap_or(BINS);
        let width = 1.0 / BINS as f64;
        prop_assert!(bin as f64 * width < confidence + 1e-12);
        prop_assert!(confidence <= (bin + 1) as f64 * width + 1e-12);
    }
}

#[test]
fn what_has_no_softmax_counts_nowhere_else() {
    let mut predictions = Predictions::new(2, BINS, IGNORED);
    let (nan, inf) = (f32::NAN, f32::INFINITY);
    let logits = [nan, 0.0, 0.0, nan, inf, 0.0, -inf, -inf, -inf, 3.0];
    predictions.add(&logits, &[0, 0, 0, 0, 1], None);
    assert_eq!(predictions.aside.nonfinite, 4);
    assert_eq!(predictions.confusion, [0, 0, 0, 1]);
    assert_eq!((predictions.confidences.n, predictions.confidences.max), (1, 1.0));
}

#[test]
fn of_equal_logits_the_first_is_predicted() {
    let mut predictions = Predictions::new(3, BINS, IGNORED);
    predictions.add(&[1.0, 2.0, 2.0, 0.0, 0.0, -0.0], &[1, 0], None);
    assert_eq!(predictions.confusion, [1, 0, 0, 0, 1, 0, 0, 0, 0]);
}

#[test]
fn losses_weigh_as_many_samples_as_count() {
    let mut predictions = Predictions::new(2, BINS, IGNORED);
    predictions.add(&[0.0_f32; 4], &[0, 1], Some(1.0));
    predictions.add(&[0.0_f32; 2], &[IGNORED], Some(f64::NAN)); // the mean of nothing
    predictions.add(&[0.0_f32; 4], &[IGNORED, 7], Some(4.0));
    let losses = predictions.losses;
    assert_eq!((losses.weighted, losses.samples, losses.batches), (6.0, 3.0, 3));
    assert_eq!((losses.losses.n, losses.losses.non_finite, losses.losses.mean()), (2, 0, 2.5));
    predictions.add(&[0.0_f32; 2], &[0], Some(f64::INFINITY));
    assert_eq!(predictions.losses.losses.non_finite, 1);
    assert_eq!(predictions.losses.weighted, f64::INFINITY);
}

#[test]
fn logits_without_a_label_are_not_looked_at() {
    let mut predictions = Predictions::new(2, BINS, IGNORED);
    predictions.add(&[0.0, 1.0, 5.0], &[1, 1], None);
    assert_eq!(predictions.confusion, [0, 0, 0, 1]);
}
