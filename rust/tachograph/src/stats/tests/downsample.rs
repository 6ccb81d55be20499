//! What every thinned series keeps. That the rest are tsdownsample's indices is a Python test.

use proptest::prelude::*;

use crate::stats::{Method, XKind, downsample};

fn check(x: Option<(&[f64], XKind)>, y: &[f64], n_out: usize, method: Method) {
    let chosen = downsample(x, y, n_out, method);
    let finite: Vec<usize> = (0..y.len()).filter(|&row| y[row].is_finite()).collect();
    assert!(chosen.is_sorted_by(|a, b| a < b) && chosen.len() <= n_out.max(4) + 2);
    assert!(chosen.iter().all(|&row| y[row].is_finite()));
    assert!(chosen.len() >= finite.len().min(2));
    if let (Some(first), Some(last)) = (finite.first(), finite.last()) {
        let lowest = |a: usize, b: &usize| if y[*b] < y[a] { *b } else { a };
        let highest = |a: usize, b: &usize| if y[*b] > y[a] { *b } else { a };
        let (min, max) = (finite.iter().fold(*first, lowest), finite.iter().fold(*first, highest));
        for row in [*first, *last, min, max] {
            assert!(chosen.contains(&row), "row {row} is missing");
        }
    }
}

proptest! {
    #[test]
    fn ends_and_extremes_stay(
        y in prop::collection::vec(
            prop_oneof![20 => -1.0..1.0, 1 => Just(f64::NAN), 1 => Just(f64::INFINITY)], 0..400),
        gaps in prop::collection::vec(0..9i64, 400),
        n_out in 0..60usize,
        is_clean: bool,
        scale in prop_oneof![Just(1.0), Just(1e-6), Just(0.0), Just(1e300)],
    ) {
        let y: Vec<f64> = y.into_iter().filter(|y: &f64| !is_clean || y.is_finite()).collect();
        let x: Vec<f64> = gaps
            .iter()
            .scan(0, |sum, gap| {
                *sum += gap;
                Some(*sum as f64 * scale)
            })
            .take(y.len())
            .collect();
        for method in [Method::MinMax, Method::MinMaxLttb] {
            check(None, &y, n_out, method);
            for kind in [XKind::Double, XKind::Single, XKind::Whole] {
                check(Some((&x, kind)), &y, n_out, method);
            }
        }
    }
}

#[test]
fn few_points_stay_as_they_are() {
    for method in [Method::MinMax, Method::MinMaxLttb] {
        assert!(downsample(None, &[], 10, method).is_empty());
        assert!(downsample(None, &[f64::NAN; 9], 4, method).is_empty());
        assert_eq!(downsample(None, &[1.0, f64::NAN, 2.0], 10, method), [0, 2]);
    }
}
