//! Finding the divisor that makes a column's values integers.

use super::ratio::numerator;

/// Values looked at.
const SAMPLE: usize = 64;
/// How many of them may not fit; patches will serve them.
const MISSES: usize = 2;
/// Largest denominator looked for in a single value; random doubles have larger ones.
const MAX_DENOMINATOR: u64 = 1 << 20;
/// Largest divisor put together from several denominators.
const MAX_DIVISOR: u64 = 1 << 30;

/// Divisors that fit a sample, the likely ones first: powers of 2 and 10 by size, then whatever
/// the sample's fractions have in common.
pub(super) fn fitting(words: &[u64]) -> impl Iterator<Item = u64> {
    let stride = words.len().div_ceil(SAMPLE).max(1);
    let sample: Vec<u64> = words.iter().copied().step_by(stride).collect();
    let mut powers: Vec<u64> = (0..=16).map(|k| 1 << k).collect();
    powers.extend((1..=12).map(|k| 10u64.pow(k)));
    powers.sort_unstable();
    let common = common_denominator(&sample);
    powers.into_iter().chain(common).filter(move |&divisor| fits(&sample, divisor))
}

fn fits(sample: &[u64], divisor: u64) -> bool {
    let misses = sample.iter().filter(|&&word| numerator(word, divisor as f64).is_none());
    misses.take(MISSES + 1).count() <= MISSES.min(sample.len() / 8)
}

/// The least common multiple of the denominators of the sample's values.
fn common_denominator(sample: &[u64]) -> Option<u64> {
    let mut common = 1u64;
    let mut misses = 0;
    for &word in sample {
        if numerator(word, common as f64).is_some() {
            continue;
        }
        if let Some(denominator) = denominator(f64::from_bits(word).abs()) {
            common = common / gcd(common, denominator) * denominator;
        } else {
            misses += 1;
        }
        if misses > MISSES || common > MAX_DIVISOR {
            return None;
        }
    }
    Some(common)
}

/// The denominator of the first convergent of the value's continued fraction that rounds to it.
fn denominator(value: f64) -> Option<u64> {
    let (mut rest, mut over, mut under) = (value, (1u64, 0u64), (0u64, 1u64));
    loop {
        let whole = rest.floor();
        if whole.is_nan() || whole > MAX_DENOMINATOR as f64 {
            return None;
        }
        let term = whole as u64;
        over = (over.0.checked_mul(term)?.checked_add(over.1)?, over.0);
        under = (under.0.checked_mul(term)?.checked_add(under.1)?, under.0);
        if under.0 > MAX_DENOMINATOR {
            return None;
        }
        if (over.0 as f64 / under.0 as f64).to_bits() == value.to_bits() {
            return Some(under.0);
        }
        rest = (rest - whole).recip();
    }
}

fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b > 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::fitting;

    fn first(values: impl Iterator<Item = f64>) -> Option<u64> {
        fitting(&values.map(f64::to_bits).collect::<Vec<_>>()).next()
    }

    #[test]
    fn common_divisors_are_found() {
        for divisor in [1u64, 10, 16, 96, 100, 384, 1000, 9815, 60_000, 1_000_000] {
            let found = first((0..500u32).map(|i| f64::from(i * 131) / divisor as f64)).unwrap();
            assert!(found <= divisor, "{divisor} gave {found}");
        }
    }

    #[test]
    fn noise_has_none() {
        let noise = |i: u32| (f64::from(i) * 0.37).sin().exp();
        assert_eq!(first((1..500).map(noise)), None);
        assert_eq!(first((1..500).map(|i| f64::from(noise(i) as f32))), None);
        assert_eq!(first((1..500).map(|_| f64::NAN)), None);
    }
}
