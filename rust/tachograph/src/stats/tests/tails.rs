//! Tails and quantiles against tables and closed forms.

use crate::stats::{line, line_at, normal_two_sided, student_quantile, student_two_sided};

fn close(value: f64, expected: f64, relative: f64) -> bool {
    (value - expected).abs() <= relative * expected.abs()
}

#[test]
fn normal_tails() {
    // 2 (1 - Phi(z)): Abramowitz and Stegun, "Handbook of Mathematical Functions", table 26.1.
    let cases = [
        (0.0, 1.0),
        (0.5, 0.617_075_077_451_974),
        (1.0, 0.317_310_507_862_914_1),
        (1.959_963_984_540_054, 0.05),
        (2.0, 0.045_500_263_896_358_42),
        (5.0, 5.733_031_437_583_892e-7),
        (10.0, 1.523_970_604_832_105e-23),
        (-10.0, 1.523_970_604_832_105e-23),
        (40.0, 0.0),
    ];
    for (z, tail) in cases {
        assert!((normal_two_sided(z) - tail).abs() <= 1e-13 * tail, "z {z}");
    }
    assert!(normal_two_sided(f64::NAN).is_nan());
    assert_eq!(normal_two_sided(f64::INFINITY), 0.0);
}

#[test]
fn student_tails_of_one_and_two_degrees_have_closed_forms() {
    for t in [1e-8_f64, 0.1, 0.7, 1.0, 3.0, 50.0, 1e6] {
        let one = 2.0 * (1.0 / t).atan() / std::f64::consts::PI;
        assert!(close(student_two_sided(t, 1), one, 1e-13), "t {t}");
        let two = 2.0 / ((t * t + 2.0).sqrt() * (t + (t * t + 2.0).sqrt()));
        assert!(close(student_two_sided(-t, 2), two, 1e-13), "t {t}");
    }
    assert!(student_two_sided(1.0, 0).is_nan());
}

#[test]
fn quantiles_invert_tails() {
    for freedom in [1, 2, 3, 5, 10, 29, 30, 63, 64, 65, 100, 1000, 999_998, 1 << 40] {
        for tail in [1e-12, 1e-3, 0.05, 0.32, 0.5, 0.9, 0.999] {
            let t = student_quantile(tail, freedom);
            assert!(close(student_two_sided(t, freedom), tail, 1e-11), "{tail} of {freedom}");
        }
    }
    assert!(close(student_quantile(0.05, 1 << 40), 1.959_963_984_540_054, 1e-11));
    assert_eq!(student_quantile(1.0, 3), 0.0);
    assert_eq!(student_quantile(0.0, 3), f64::INFINITY);
    assert!(student_quantile(0.5, 0).is_nan() && student_quantile(1.5, 3).is_nan());
}

#[test]
fn lines_say_what_they_do_not_know() {
    for y in [&[][..], &[1.0], &[f64::NAN, 2.0]] {
        let line = line(y);
        assert!(line.slope.is_nan() && line.intercept.is_nan() && line.stderr.is_nan());
        assert!(line.margin(0.95).is_nan() && line.p_value().is_nan());
    }
    let two = line(&[1.0, 3.0]);
    assert_eq!((two.slope, two.intercept), (2.0, 1.0));
    assert!(two.stderr.is_nan() && two.p_value().is_nan());
    let flat = line(&[0.5; 9]);
    assert_eq!((flat.slope, flat.stderr, flat.margin(0.95), flat.p_value()), (0.0, 0.0, 0.0, 1.0));
    let exact = line_at(&[1.0, 2.0, 4.0], &[2.0, 4.0, 8.0]);
    assert_eq!((exact.slope, exact.stderr, exact.p_value()), (2.0, 0.0, 0.0));
}
