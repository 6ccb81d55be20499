//! Where the smallest and the largest of some values stand.

use super::widths::at_each_width;

/// Values that are compared side by side.
const LANES: usize = 8;

/// What is known of some values, lane by lane.
struct Lanes {
    mins: [f64; LANES],
    maxs: [f64; LANES],
    /// Finite only if all values are.
    sums: [f64; LANES],
}

at_each_width! {
    /// Positions of the first smallest and the first largest of some values; `None` if one of them
    /// is not finite, or there is none.
    pub(super) fn first_extremes(values: &[f64]) -> Option<(usize, usize)> {
        let mut lanes = Lanes {
            mins: [f64::INFINITY; LANES],
            maxs: [f64::NEG_INFINITY; LANES],
            sums: [0.0; LANES],
        };
        let (chunks, _) = values.as_chunks::<LANES>();
        for chunk in chunks {
            for (lane, &value) in chunk.iter().enumerate() {
                // In this operand order each is a single instruction.
                lanes.mins[lane] = if lanes.mins[lane] < value { lanes.mins[lane] } else { value };
                lanes.maxs[lane] = if lanes.maxs[lane] > value { lanes.maxs[lane] } else { value };
                lanes.sums[lane] += value;
            }
        }
        let (min, max) = joined(&lanes, values)?;
        Some((position(values, min), position(values, max)))
    }
}

at_each_width! {
    /// The extremes of all lanes and of what stands behind the last whole chunk; `None` unless all
    /// are finite. Kept apart: inlined, it lures the compiler into keeping the lanes in memory.
    #[inline(never)]
    fn joined(lanes: &Lanes, values: &[f64]) -> Option<(f64, f64)> {
        let Lanes { mut mins, mut maxs, mut sums } = *lanes;
        // A whole chunk where there is one, some of it for the second time, which changes nothing.
        let rest = values.last_chunk::<LANES>().map_or(values, <[f64; LANES]>::as_slice);
        for (lane, &value) in rest.iter().enumerate() {
            mins[lane] = if mins[lane] < value { mins[lane] } else { value };
            maxs[lane] = if maxs[lane] > value { maxs[lane] } else { value };
            sums[lane] += value;
        }
        for half in [4, 2, 1] {
            for lane in 0..half {
                let (min, max) = (mins[lane + half], maxs[lane + half]);
                mins[lane] = if mins[lane] < min { mins[lane] } else { min };
                maxs[lane] = if maxs[lane] > max { maxs[lane] } else { max };
                sums[lane] += sums[lane + half];
            }
        }
        // A sum of finite values may leave the range all the same.
        let all_finite = sums[0].is_finite() || values.iter().all(|value| value.is_finite());
        (all_finite && mins[0] <= maxs[0]).then_some((mins[0], maxs[0]))
    }
}

/// The first position of a value that is there.
#[inline(always)]
#[expect(clippy::inline_always, reason = "compiled once for each set of instructions")]
#[expect(clippy::float_cmp, reason = "the value is one of the values")]
fn position(values: &[f64], value: f64) -> usize {
    let (chunks, _) = values.as_chunks::<LANES>();
    let differs = |chunk: &&[f64; LANES]| {
        let mut is_there = false;
        for lane in *chunk {
            is_there |= *lane == value;
        }
        !is_there
    };
    let n_before = chunks.iter().take_while(differs).count();
    let start = n_before * LANES;
    let Some(chunk) = chunks.get(n_before) else {
        return start + values[start..].iter().position(|one| *one == value).unwrap_or(0);
    };
    let mut found = 0_u32;
    for (lane, one) in chunk.iter().enumerate() {
        found |= u32::from(*one == value) << lane;
    }
    start + found.trailing_zeros() as usize
}
