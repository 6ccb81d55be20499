//! Tail probabilities of the normal distribution and of Student's t, and the quantile of the latter.
//!
//! The normal tail is the complementary error function: its Taylor series in the middle (DLMF
//! 7.6.2), its continued fraction outside (DLMF 7.9.2). Student's tail is an incomplete beta
//! function, by its continued fraction (DLMF 8.17.22, evaluated as in Lentz, "Generating Bessel
//! functions in Mie scattering calculations using continued fractions", 1976). DLMF: Digital
//! Library of Mathematical Functions, National Institute of Standards and Technology.

use std::f64::consts::{FRAC_1_SQRT_2, PI};

/// Where the series of the error function gives way to the continued fraction.
const SERIES_END: f64 = 1.0;
/// Continued fractions end here at the latest; they converge in far fewer terms.
const MAX_TERMS: usize = 10_000;
/// Stands for a zero in a denominator, as Lentz's method asks.
const TINY: f64 = 1e-300;
/// Half the degrees of freedom from which on the ratio of gamma functions is an asymptotic series.
const LARGE_HALF: f64 = 32.0;
/// Degrees of freedom from which on Student's tail is a normal one (Abramowitz and Stegun,
/// "Handbook of Mathematical Functions", 26.7.8, whose error falls with their square).
const NEARLY_NORMAL: usize = 10_000_000;

/// `P(|Z| >= |z|)` for a standard normal Z; NaN for NaN.
pub fn normal_two_sided(z: f64) -> f64 {
    let x = z.abs() * FRAC_1_SQRT_2;
    if x.is_nan() {
        return f64::NAN;
    }
    let front = (-x * x).exp() / PI.sqrt();
    if x < SERIES_END {
        let (mut term, mut sum, mut odd) = (2.0 * x, 2.0 * x, 1.0);
        while term > sum * f64::EPSILON / 4.0 {
            odd += 2.0;
            term *= 2.0 * x * x / odd;
            sum += term;
        }
        return 1.0 - front * sum;
    }
    // x + (1/2)/(x + 1/(x + (3/2)/(x + ...))), from the inside; enough terms for x >= 1.
    let inner = (1..=200).rev().fold(x, |below, k| x + f64::from(k) / 2.0 / below);
    front / inner
}

/// `P(|T| >= |t|)` for Student's t with `freedom` degrees of freedom; NaN without any.
pub fn student_two_sided(t: f64, freedom: usize) -> f64 {
    if freedom == 0 || t.is_nan() {
        return f64::NAN;
    }
    let (a, square) = (freedom as f64 / 2.0, t * t);
    if square == 0.0 {
        return 1.0;
    }
    if square.is_infinite() {
        return 0.0;
    }
    if freedom > NEARLY_NORMAL {
        let n = freedom as f64;
        return normal_two_sided(t * (1.0 - 0.25 / n) / (1.0 + square / (2.0 * n)).sqrt());
    }
    // x = freedom / (freedom + t^2), y = 1 - x, neither by subtraction.
    let ratio = square / freedom as f64;
    let (x, y) = (1.0 / (1.0 + ratio), ratio / (1.0 + ratio));
    // x^a y^(1/2) / B(a, 1/2)
    let front = (-a * ratio.ln_1p()).exp() * y.sqrt() * gamma_ratio(freedom) / PI.sqrt();
    if x < (a + 1.0) / (a + 2.5) {
        front * beta_fraction(x, a, 0.5) / a
    } else {
        1.0 - front * beta_fraction(y, 0.5, a) / 0.5
    }
}

/// The t with `P(|T| >= t) = tail`; infinite for `tail` 0, NaN outside of [0, 1] and without
/// degrees of freedom.
///
/// ```
/// let t = tachograph::stats::student_quantile(0.05, 10); // 97.5 % lie below
/// assert!((t - 2.228_138_851_986_273_5).abs() < 1e-12);
/// ```
pub fn student_quantile(tail: f64, freedom: usize) -> f64 {
    if freedom == 0 || !(0.0..=1.0).contains(&tail) {
        return f64::NAN;
    }
    if tail <= 0.0 || tail >= 1.0 {
        return if tail <= 0.0 { f64::INFINITY } else { 0.0 };
    }
    let (mut low, mut high) = (0.0, 1.0);
    while student_two_sided(high, freedom) > tail && high < f64::MAX / 2.0 {
        (low, high) = (high, 2.0 * high);
    }
    // Newton's steps on the logarithm of the tail, kept inside the bracket.
    let mut t = f64::midpoint(low, high);
    for _ in 0..200 {
        let here = student_two_sided(t, freedom);
        if here > tail {
            low = t;
        } else {
            high = t;
        }
        let step = here * (here / tail).ln() / (2.0 * student_density(t, freedom));
        let next =
            if low < t + step && t + step < high { t + step } else { f64::midpoint(low, high) };
        if (next - t).abs() <= 2.0 * f64::EPSILON * t {
            return next;
        }
        t = next;
    }
    t
}

fn student_density(t: f64, freedom: usize) -> f64 {
    let freedom_f = freedom as f64;
    let power = (-(freedom_f + 1.0) / 2.0 * (t * t / freedom_f).ln_1p()).exp();
    gamma_ratio(freedom) / (PI * freedom_f).sqrt() * power
}

/// `gamma(freedom / 2 + 1/2) / gamma(freedom / 2)`: the asymptotic series of DLMF 5.11.13 for
/// many, by `gamma(z + 1) = z gamma(z)` down from there for few.
fn gamma_ratio(freedom: usize) -> f64 {
    let half = freedom as f64 / 2.0;
    let (mut z, mut factor) = (half, 1.0);
    while z < LARGE_HALF {
        factor *= z / (z + 0.5);
        z += 1.0;
    }
    let w = 1.0 / z;
    // From the term of w^7 to the constant one.
    let series = [
        39325.0 / 33_554_432.0,
        869.0 / 4_194_304.0,
        -399.0 / 262_144.0,
        -21.0 / 32768.0,
        5.0 / 1024.0,
        1.0 / 128.0,
        -1.0 / 8.0,
        1.0,
    ]
    .into_iter()
    .fold(0.0, |sum, coefficient| sum * w + coefficient);
    factor * z.sqrt() * series
}

/// The continued fraction of the incomplete beta function, without its factor.
fn beta_fraction(x: f64, a: f64, b: f64) -> f64 {
    let apart = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut upper = 1.0;
    let mut lower = 1.0 / apart(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = lower;
    for pair in 1..MAX_TERMS {
        let m = pair as f64;
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut last = 1.0;
        for term in [even, odd] {
            lower = 1.0 / apart(1.0 + term * lower);
            upper = apart(1.0 + term / upper);
            last = upper * lower;
            fraction *= last;
        }
        if (last - 1.0).abs() < f64::EPSILON {
            break;
        }
    }
    fraction
}
