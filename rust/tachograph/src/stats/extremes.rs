//! Where the smallest and the largest of some values stand.

/// Values that are compared side by side.
const LANES: usize = 16;

/// Positions of the first smallest and the first largest of some values; `None` if one of them is
/// not finite, or there is none.
#[inline]
pub(super) fn first_extremes(values: &[f64]) -> Option<(usize, usize)> {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has the instructions that the function is compiled for.
        return unsafe { first_extremes_avx2(values) };
    }
    first_extremes_anywhere(values)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn first_extremes_avx2(values: &[f64]) -> Option<(usize, usize)> {
    first_extremes_anywhere(values)
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "compiled once for each set of instructions")]
fn first_extremes_anywhere(values: &[f64]) -> Option<(usize, usize)> {
    let (mut mins, mut maxs) = ([f64::INFINITY; LANES], [f64::NEG_INFINITY; LANES]);
    // Stays 0 as long as all values are finite, else it is NaN.
    let mut zeros = [0.0; LANES];
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        for lane in 0..LANES {
            mins[lane] = if mins[lane] < chunk[lane] { mins[lane] } else { chunk[lane] };
        }
        for lane in 0..LANES {
            maxs[lane] = if maxs[lane] > chunk[lane] { maxs[lane] } else { chunk[lane] };
        }
        for lane in 0..LANES {
            zeros[lane] += chunk[lane] * 0.0;
        }
    }
    for (lane, &value) in rest.iter().enumerate() {
        mins[lane] = mins[lane].min(value);
        maxs[lane] = maxs[lane].max(value);
        zeros[lane] += value * 0.0;
    }
    let (mut min, mut max, mut zero) = (f64::INFINITY, f64::NEG_INFINITY, 0.0);
    for lane in 0..LANES {
        min = if mins[lane] < min { mins[lane] } else { min };
        max = if maxs[lane] > max { maxs[lane] } else { max };
        zero += zeros[lane];
    }
    if zero.is_nan() || values.is_empty() {
        return None;
    }
    Some((position(values, min), position(values, max)))
}

/// The first position of a value that is there.
#[inline(always)]
#[expect(clippy::inline_always, reason = "compiled once for each set of instructions")]
#[expect(clippy::float_cmp, reason = "the value is one of the values")]
fn position(values: &[f64], value: f64) -> usize {
    let (chunks, rest) = values.as_chunks::<LANES>();
    for (i, chunk) in chunks.iter().enumerate() {
        let mut is_there = false;
        for lane in chunk {
            is_there |= *lane == value;
        }
        if is_there {
            return i * LANES + chunk.iter().position(|one| *one == value).unwrap_or(0);
        }
    }
    chunks.len() * LANES + rest.iter().position(|one| *one == value).unwrap_or(0)
}
