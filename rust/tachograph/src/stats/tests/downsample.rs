//! What every thinned series keeps. That the rest are tsdownsample's indices is a Python test.

use proptest::prelude::*;

use crate::stats::{Abscissa, Method, XKind, downsample};

fn check(x: Abscissa<'_>, y: &[f64], n_out: usize, method: Method) {
    let chosen = downsample(x, y, n_out, method);
    let finite: Vec<usize> = (0..y.len()).filter(|&row| y[row].is_finite()).collect();
    let more = if method == Method::MinMax { 4 } else { 2 };
    assert!(chosen.is_sorted_by(|a, b| a < b) && chosen.len() <= n_out.max(4) + more);
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
        let steps: Vec<i64> = gaps
            .iter()
            .scan(0, |sum, gap| {
                *sum += gap;
                Some(*sum)
            })
            .take(y.len())
            .collect();
        let x: Vec<f64> = steps.iter().map(|&step| step as f64 * scale).collect();
        for method in [Method::MinMax, Method::MinMaxLttb] {
            check(Abscissa::Positions, &y, n_out, method);
            // Each kind with numbers that it has.
            let singles: Vec<f64> = x.iter().map(|&x| f64::from(x as f32)).collect();
            let wholes: Vec<f64> = steps.iter().map(|&step| step as f64).collect();
            check(Abscissa::Floats(&x, XKind::Double), &y, n_out, method);
            if singles.iter().all(|x| x.is_finite()) {
                check(Abscissa::Floats(&singles, XKind::Single), &y, n_out, method);
            }
            check(Abscissa::Floats(&wholes, XKind::Whole), &y, n_out, method);
            let floats: Vec<f64> = steps.iter().map(|&step| step as f64).collect();
            let expected = downsample(Abscissa::Floats(&floats, XKind::Whole), &y, n_out, method);
            let found = downsample(Abscissa::Integers(&steps), &y, n_out, method);
            prop_assert_eq!(found, expected);
        }
    }
}

#[test]
fn few_points_stay_as_they_are() {
    for method in [Method::MinMax, Method::MinMaxLttb] {
        assert!(downsample(Abscissa::Positions, &[], 10, method).is_empty());
        assert!(downsample(Abscissa::Positions, &[f64::NAN; 9], 4, method).is_empty());
        assert_eq!(downsample(Abscissa::Positions, &[1.0, f64::NAN, 2.0], 10, method), [0, 2]);
    }
}

/// However far a bin's end lies from where even steps would put it.
#[test]
fn uneven_steps_fill_their_bins() {
    let y: Vec<f64> = (0..4000).map(|row| f64::from(row * 37 % 101)).collect();
    let curves: [fn(i64) -> i64; 3] =
        [|row| row * row, |row| -(4000 - row).pow(2), |row| row / 1000];
    for curve in curves {
        let steps: Vec<i64> = (0..4000).map(curve).collect();
        let chosen = downsample(Abscissa::Integers(&steps), &y, 40, Method::MinMax);
        let (first, last) = (steps[0] as f64, steps[3999] as f64);
        let width = last / 20.0 - first / 20.0;
        let mut expected: Vec<usize> = vec![0, 3999];
        let mut start = 0;
        for bin in 1..=20 {
            let half = width * (f64::from(bin) / 2.0);
            let end = (first + half + half + 1e-12).trunc();
            let stop = steps.iter().filter(|&&step| (step as f64) < end).count().min(3999);
            let stop = stop + usize::from(steps[stop] as f64 <= end);
            if stop <= start || steps[start] as f64 >= end {
                continue;
            }
            let rows = start..stop;
            let lowest = rows.clone().min_by(|&a, &b| y[a].total_cmp(&y[b]));
            let highest = rows.clone().rev().max_by(|&a, &b| y[a].total_cmp(&y[b]));
            expected.extend(if rows.len() < 3 {
                rows.collect()
            } else {
                vec![lowest.unwrap(), highest.unwrap()]
            });
            start = stop;
        }
        for extreme in [0.0, 100.0] {
            expected.extend(y.iter().position(|&value| value == extreme));
        }
        expected.sort_unstable();
        expected.dedup();
        assert_eq!(chosen, expected);
    }
}
