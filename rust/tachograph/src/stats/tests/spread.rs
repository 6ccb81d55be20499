use crate::stats::{Spread, moved};
use proptest::prelude::*;

fn close(left: f64, right: f64, size: f64) -> bool {
    (left - right).abs() <= 1e-13 * size
}

proptest! {
    #[test]
    fn parts_come_to_the_whole(
        values in prop::collection::vec(-1e3..1e3_f64, 1..5000),
        offset in prop::sample::select(vec![0.0, 1.0, -1e6]),
        cut in 0.0..1.0,
    ) {
        let values: Vec<f64> = values.iter().map(|value| value + offset).collect();
        let (left, right) = values.split_at((cut * values.len() as f64) as usize);
        let spread = Spread::of(left).joined(Spread::of(right));

        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let squares = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
        let largest = values.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
        prop_assert_eq!((spread.n, spread.largest), (values.len(), largest));
        prop_assert!(close(spread.mean, mean, largest));
        prop_assert!(close(spread.squares, squares, squares + n * largest * 1e-3));
    }

    #[test]
    fn singles_are_as_doubles(values in prop::collection::vec(-3e38..3e38_f32, 0..3000)) {
        let doubles: Vec<f64> = values.iter().copied().map(f64::from).collect();
        prop_assert_eq!(Spread::of(&values), Spread::of(&doubles));
    }

    #[test]
    fn a_way_is_the_norm_of_the_difference(
        pairs in prop::collection::vec((-1e3..1e3_f64, -1e3..1e3_f64), 0..3000),
    ) {
        let (now, then): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
        let (change, norm_then) = moved(&now, &then);
        let norm = |values: &mut dyn Iterator<Item = f64>| values.map(|v| v * v).sum::<f64>().sqrt();
        let change_then = norm(&mut pairs.iter().map(|(now, then)| now - then));
        prop_assert!(close(change.value(), change_then, change_then));
        let then = norm(&mut then.into_iter());
        prop_assert!(close(norm_then.value(), then, then));
    }
}

#[test]
fn what_is_not_finite_shows() {
    for (bad, largest) in [(f64::NAN, f64::NAN), (f64::NEG_INFINITY, f64::INFINITY)] {
        let mut values = vec![1.0; 3000];
        values[1500] = bad;
        let spread = Spread::of(&values);
        assert!(!spread.mean.is_finite() && !spread.squares.is_finite(), "{spread:?}");
        assert!(spread.largest.total_cmp(&largest).is_eq(), "{spread:?}");
        assert!(!moved(&values, &vec![1.0; 3000]).0.value().is_finite());
    }
    let both = Spread::of(&[f64::INFINITY, f64::NEG_INFINITY]);
    assert!(both.mean.is_nan());
    assert_eq!(both.largest, f64::INFINITY);
}

#[test]
fn of_nothing_all_is_zero() {
    assert_eq!(Spread::of::<f32>(&[]), Spread::default());
    assert_eq!(Spread::default().joined(Spread::of(&[2.0])), Spread::of(&[2.0]));
    assert_eq!(moved::<f64>(&[], &[]).0.value().to_bits(), 0);
}
