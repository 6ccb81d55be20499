//! The largest of softmaxes, in vector instructions also where classes are few.

#![expect(clippy::inline_always, reason = "only so are they compiled for each width of vectors")]
#![expect(clippy::float_cmp, reason = "the largest is one of those that it is compared with")]

use super::widths::at_each_width;

/// Independent partial results: as many as the widest vector has.
const LANES: usize = 8;

/// Logits whose exponentials are taken together: they stay in the nearest cache.
const BLOCK: usize = 1 << 10;

/// Where `exp` is no longer computed: beside the 1 of the largest, smaller ones do not count.
const LEAST: f32 = -87.0;

/// Added to a number below `2^22`, leaves it rounded to a whole one in the last bits.
const ROUNDER: f32 = 12_582_912.0; // 1.5 * 2^23

/// `ln 2` in two parts; whole numbers to 2^9 times the first are exact.
const LN_2: (f32, f32) = (0.693_359_4, -2.121_944_4e-4);

/// `exp(x)` for x from `LEAST` to 0, right to 1.2e-7 of itself.
///
/// By `2^n * exp(r)` with `|r| <= ln(2) / 2`, and for `exp(r)` the polynomial that Cephes has for
/// singles (Moshier, "Methods and programs for mathematical functions", 1989).
#[inline(always)]
fn exp(x: f32) -> f32 {
    let rounded = x * std::f32::consts::LOG2_E + ROUNDER;
    let n = rounded - ROUNDER;
    let r = (x - n * LN_2.0) - n * LN_2.1;
    let mut sum = 1.987_569_1e-4;
    for coefficient in [1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5] {
        sum = sum * r + coefficient;
    }
    let power = sum * (r * r) + r + 1.0;
    // The last bits of `rounded` are n; shifted to where exponents stand, and one's bits added,
    // they are those of 2^n.
    power * f32::from_bits((rounded.to_bits() << 23).wrapping_add(1.0_f32.to_bits()))
}

/// Which class of each row is the largest, the first of equal ones, and how large its softmax is:
/// `1 / sum(exp(each - largest))`, the terms in single precision. None of a row with NaN, or whose
/// largest is infinite: there is no softmax.
pub(super) fn tops_of_singles(logits: &[f32], classes: usize) -> Vec<Option<(usize, f64)>> {
    let mut found = Vec::with_capacity(logits.len() / classes.max(1));
    let rows = (BLOCK / classes.max(1)).max(1);
    let mut room = Vec::with_capacity(rows * classes);
    for block in logits.chunks(rows * classes.max(1)) {
        tops_of_block(block, classes, &mut room, &mut found);
    }
    found
}

/// The same of doubles, in double precision.
pub(super) fn tops_of_doubles(logits: &[f64], classes: usize) -> Vec<Option<(usize, f64)>> {
    let top = |row: &[f64]| {
        let top = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        // NaN is passed over by `max`, and shows in the sum.
        let sum = row.iter().map(|logit| (logit - top).exp()).sum::<f64>();
        let class = row.iter().position(|&logit| logit == top)?;
        (top.is_finite() && !sum.is_nan()).then_some((class, 1.0 / sum))
    };
    logits.chunks_exact(classes.max(1)).map(top).collect()
}

at_each_width! {
    fn tops_of_block(
        logits: &[f32],
        classes: usize,
        room: &mut Vec<f32>,
        found: &mut Vec<Option<(usize, f64)>>
    ) -> () {
        room.clear();
        for row in logits.chunks_exact(classes.max(1)) {
            let top = largest(row);
            let class = row.iter().position(|&logit| logit == top);
            found.push(class.filter(|_| top.is_finite()).map(|class| (class, 0.0)));
            // Of a row without a softmax this is anything.
            room.extend(row.iter().map(|logit| logit - top));
        }
        for below in &mut *room {
            // In this operand order it is a single instruction.
            *below = exp(if *below > LEAST { *below } else { LEAST });
        }
        let sums = room.chunks_exact(classes.max(1)).rev().map(sum);
        for (found, sum) in found.iter_mut().rev().zip(sums) {
            if let Some((_, confidence)) = found {
                *confidence = 1.0 / sum;
            }
        }
    }
}

#[inline(always)]
fn sum(terms: &[f32]) -> f64 {
    let mut sums = [0.0; LANES];
    let (chunks, rest) = terms.as_chunks::<LANES>();
    for chunk in chunks {
        for lane in 0..LANES {
            sums[lane] += f64::from(chunk[lane]);
        }
    }
    sums.iter().sum::<f64>() + rest.iter().copied().map(f64::from).sum::<f64>()
}

/// The largest of singles; NaN where one is, or where there is none.
#[inline(always)]
fn largest(logits: &[f32]) -> f32 {
    let (mut most, mut is_nan) = ([f32::NEG_INFINITY; LANES], [0_u32; LANES]);
    let (chunks, rest) = logits.as_chunks::<LANES>();
    for chunk in chunks {
        for lane in 0..LANES {
            let logit = chunk[lane];
            is_nan[lane] |= u32::from(logit.is_nan());
            most[lane] = if logit > most[lane] { logit } else { most[lane] };
        }
    }
    let mut most = most.into_iter().fold(f32::NEG_INFINITY, f32::max);
    let mut is_nan = is_nan.iter().sum::<u32>() > 0 || logits.is_empty();
    for &logit in rest {
        is_nan |= logit.is_nan();
        most = if logit > most { logit } else { most };
    }
    if is_nan { f32::NAN } else { most }
}

#[cfg(test)]
mod tests {
    use super::{BLOCK, LANES, LEAST, exp, largest, tops_of_doubles, tops_of_singles};

    #[test]
    fn every_exponential_is_right_to_the_last_bits() {
        let mut worst = 0.0_f64;
        for step in 0..=870_000 {
            let x = -1e-4 * step as f32;
            let exact = f64::from(x.max(LEAST)).exp();
            worst = worst.max((f64::from(exp(x.max(LEAST))) / exact - 1.0).abs());
        }
        assert!(worst < 1.2e-7, "{worst:e}");
        assert_eq!(exp(0.0).to_bits(), 1.0_f32.to_bits());
    }

    #[test]
    fn singles_have_the_softmax_of_doubles() {
        for classes in [1, 2, 3, LANES, 3 * LANES + 5, BLOCK, BLOCK + 1] {
            let n = 7 * classes.max(400 / classes * classes);
            let logits: Vec<f32> = (0..n).map(|index| (index * 37 % 101) as f32 / 9.0).collect();
            let doubles: Vec<f64> = logits.iter().copied().map(f64::from).collect();
            let found = tops_of_singles(&logits, classes);
            let expected = tops_of_doubles(&doubles, classes);
            assert_eq!(found.len(), expected.len());
            for (found, expected) in found.iter().flatten().zip(expected.iter().flatten()) {
                assert_eq!(found.0, expected.0, "of {classes}");
                assert!((found.1 / expected.1 - 1.0).abs() < 2e-7, "{found:?} of {classes}");
            }
            assert!(found.iter().chain(&expected).all(Option::is_some));
        }
    }

    #[test]
    fn far_ones_are_nothing_and_rows_without_a_softmax_leave_the_others_alone() {
        let (nan, inf) = (f32::NAN, f32::INFINITY);
        let rows = [[5.0, -1e30, -inf, -90.0], [nan, 1.0, 0.0, 0.0], [inf; 4], [-inf; 4], [2.0; 4]];
        let expected = [Some((0, 1.0)), None, None, None, Some((0, 0.25))];
        assert_eq!(tops_of_singles(rows.as_flattened(), 4), expected);
        let doubles: Vec<f64> = rows.as_flattened().iter().copied().map(f64::from).collect();
        assert_eq!(tops_of_doubles(&doubles, 4), expected);
        assert!(tops_of_singles(&[], 2).is_empty() && tops_of_doubles(&[], 0).is_empty());
    }

    #[test]
    fn the_largest_is_found_wherever_it_stands_and_nan_is_told() {
        for n in [1, LANES, 2 * LANES + 3] {
            for place in 0..n {
                let mut logits = vec![-1.5_f32; n];
                logits[place] = 2.5;
                assert_eq!(largest(&logits).to_bits(), 2.5_f32.to_bits());
                logits[place] = f32::NAN;
                assert!(largest(&logits).is_nan());
            }
        }
        assert!(largest(&[]).is_nan());
        assert_eq!(largest(&[f32::NEG_INFINITY; 20]).to_bits(), f32::NEG_INFINITY.to_bits());
    }
}
