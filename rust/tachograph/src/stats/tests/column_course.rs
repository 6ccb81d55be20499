//! A column in pieces and bins against every value of it.

use proptest::prelude::*;

use crate::stats::{Bin, ColumnCourse};

fn value() -> impl Strategy<Value = f64> {
    prop_oneof![
        12 => -2.0..9.0_f64,
        2 => prop_oneof![Just(1.7e308), Just(-1.7e308), Just(5e-324), Just(-0.0)],
        1 => prop_oneof![Just(f64::NAN), Just(f64::INFINITY), Just(f64::NEG_INFINITY)],
    ]
}

/// What a bin says of these values, by a slow look at each.
fn agrees(bin: &Bin, label: i64, values: &[f64]) -> bool {
    let finite: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    if bin.label != label || bin.n_finite != finite.len() {
        return false;
    }
    if finite.is_empty() {
        return bin.mean.is_nan() && bin.low.is_nan() && bin.high.is_nan();
    }
    let n = finite.len() as f64;
    let (low, high) = (finite.iter().copied().fold(f64::INFINITY, f64::min), top(&finite));
    let mean: f64 = finite.iter().map(|value| value / n).sum();
    let scale = finite.iter().fold(0.0, |most: f64, value| most.max(value.abs()));
    bin.low == low
        && bin.high == high
        && (bin.mean - mean).abs() <= 1e-12 * scale + f64::MIN_POSITIVE
        && (low..=high).contains(&bin.mean)
}

fn top(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::NEG_INFINITY, f64::max)
}

proptest! {
    #[test]
    fn bins(
        values in prop::collection::vec(value(), 0..400),
        most_bins in 1..20_usize,
        piece in 1..90_usize,
    ) {
        let labels: Vec<i64> = (0..values.len() as i64).map(|at| 10 + 3 * at).collect();
        let mut course = ColumnCourse::new(most_bins);
        for (labels, values) in labels.chunks(piece).zip(values.chunks(piece)) {
            course.extend(labels, values);
        }
        let rows = course.rows_per_bin();
        prop_assert!(rows.is_power_of_two());
        prop_assert_eq!(course.bins().len(), values.len().div_ceil(rows));
        prop_assert!(course.bins().len() <= most_bins);
        // No coarser than it must be.
        prop_assert!(rows == 1 || values.len() > most_bins * (rows / 2));
        let parts = labels.chunks(rows).zip(values.chunks(rows));
        for (bin, (labels, values)) in course.bins().iter().zip(parts) {
            prop_assert!(agrees(bin, labels[0], values), "{:?} of {:?}", bin, values);
        }

        prop_assert_eq!(course.len(), values.len());
        prop_assert_eq!(course.is_empty(), values.is_empty());
        prop_assert_eq!(course.last_label(), labels.last().copied());
        let lost: Vec<i64> =
            labels.iter().zip(&values).filter(|(_, y)| !y.is_finite()).map(|(&x, _)| x).collect();
        let not_finite = course.not_finite();
        prop_assert_eq!(not_finite.n, lost.len());
        prop_assert_eq!(not_finite.first, lost.first().copied());
        prop_assert_eq!(not_finite.last, lost.last().copied());
        let bits = |value: Option<f64>| value.map(f64::to_bits);
        let ends = course.floats();
        prop_assert_eq!(bits(ends.map(|ends| ends.first)), bits(values.first().copied()));
        prop_assert_eq!(bits(ends.map(|ends| ends.last)), bits(values.last().copied()));
        let finite: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
        let low = finite.iter().copied().fold(f64::INFINITY, f64::min);
        let expected = (!finite.is_empty()).then(|| (low, top(&finite)));
        prop_assert_eq!(ends.and_then(|ends| ends.extremes), expected);
    }
}

#[test]
fn integers_stay_exact() {
    let mut course = ColumnCourse::new(2);
    course.extend_ints(&[1, 2], &[(1 << 60) + 1, (1 << 60) + 3]);
    course.extend_ints(&[3], &[-5]);

    let ends = course.ints();
    assert_eq!(ends.map(|ends| (ends.first, ends.last)), Some(((1 << 60) + 1, -5)));
    assert_eq!(ends.and_then(|ends| ends.extremes), Some((-5, (1 << 60) + 3)));
    assert_eq!(course.bins().len(), 2);
}
