use crate::stats::Norm;
use proptest::prelude::*;

/// As defined, one number after the other, scaled by the largest.
fn plain(values: &[f64]) -> f64 {
    let largest = values.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    if largest == 0.0 {
        return 0.0;
    }
    largest * values.iter().map(|value| (value / largest).powi(2)).sum::<f64>().sqrt()
}

fn close(left: f64, right: f64) -> bool {
    left == right || (left - right).abs() <= 1e-13 * right.abs()
}

proptest! {
    #[test]
    fn doubles_of_any_magnitude(
        values in prop::collection::vec(-1e3..1e3, 0..300),
        exponent in -290..290_i32,
    ) {
        let values: Vec<f64> = values.iter().map(|value: &f64| value * 10_f64.powi(exponent)).collect();
        prop_assert!(close(Norm::of_doubles(&values).value(), plain(&values)));
    }

    #[test]
    fn singles_are_summed_as_doubles(values in prop::collection::vec(-3e38_f32..3e38, 0..300)) {
        let doubles: Vec<f64> = values.iter().copied().map(f64::from).collect();
        prop_assert!(close(Norm::of_singles(&values).value(), plain(&doubles)));
    }

    #[test]
    fn parts_join_to_the_whole(
        values in prop::collection::vec(prop::num::f64::NORMAL, 0..100),
        cut in 0.0..1.0,
    ) {
        let values: Vec<f64> = values.iter().map(|value| value / 1e3).collect();
        let (left, right) = values.split_at((cut * values.len() as f64) as usize);
        let joined = Norm::of_doubles(left).joined(Norm::of_doubles(right));
        prop_assert!(close(joined.value(), plain(&values)));
    }
}

#[test]
fn what_is_not_finite_shows() {
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let mut values = vec![1.0; 70];
        values[40] = bad;
        assert!(!Norm::of_doubles(&values).value().is_finite(), "{bad}");
        let singles: Vec<f32> = values.iter().map(|&value| value as f32).collect();
        let joined = Norm::of_singles(&singles).joined(Norm::of_doubles(&[1e200]));
        assert!(!joined.value().is_finite(), "{bad}");
    }
}

#[test]
fn nothing_is_zero() {
    assert_eq!(Norm::ZERO.value().to_bits(), 0);
    assert_eq!(Norm::of_doubles(&[0.0, -0.0]).value().to_bits(), 0);
    assert!(close(Norm::of_doubles(&[0.0]).joined(Norm::of_doubles(&[5e-324])).value(), 5e-324));
}
