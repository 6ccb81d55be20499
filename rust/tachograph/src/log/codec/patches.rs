//! The few values of a column that its codec cannot express: `varint(n)`, then `n` times
//! `varint(gap) word`, where the gap counts the values since the last patch.

use super::cursor::{Cursor, put_varint};
use crate::error::Result;

/// Positions, ascending, and the words that belong there.
pub(super) type Patches = Vec<(usize, u64)>;

/// How many exceptions a codec may have in so many values: a fiftieth, at 10 bytes each.
pub(super) fn allowance(len: usize) -> usize {
    len / 50 + usize::from(len >= 8)
}

/// Brings every word into a narrower form. Words without one become patches and repeat their
/// neighbour in the lane, so that it stays smooth. `None` when there are too many of them.
pub(super) fn narrow_all<T: Copy>(
    words: &[u64],
    narrow: impl Fn(u64) -> Option<T>,
) -> Option<(Vec<T>, Patches)> {
    let allowance = allowance(words.len());
    let mut patches = Vec::new();
    let mut last = words.iter().take(allowance + 1).find_map(|&word| narrow(word))?;
    let mut lane = Vec::with_capacity(words.len());
    for (at, &word) in words.iter().enumerate() {
        if let Some(value) = narrow(word) {
            last = value;
        } else {
            if patches.len() == allowance {
                return None;
            }
            patches.push((at, word));
        }
        lane.push(last);
    }
    Some((lane, patches))
}

/// Appends patches.
pub(super) fn encode(patches: &Patches, out: &mut Vec<u8>) {
    put_varint(patches.len() as u64, out);
    let mut next = 0;
    for &(at, word) in patches {
        put_varint((at - next) as u64, out);
        out.extend(word.to_le_bytes());
        next = at + 1;
    }
}

/// Reads the patches of a column of `len` values.
pub(super) fn decode(cursor: &mut Cursor, len: usize) -> Result<Patches> {
    let count = cursor.count(allowance(len))?;
    let mut patches = Vec::new();
    let mut next = 0;
    for _ in 0..count {
        let at = next + cursor.count(len)?;
        if at >= len {
            return Err(cursor.bad("a patch is past the end"));
        }
        patches.push((at, cursor.word()?));
        next = at + 1;
    }
    Ok(patches)
}

/// Puts the patches in their places.
pub(super) fn apply(patches: &Patches, out: &mut [u64]) {
    for &(at, word) in patches {
        out[at] = word;
    }
}
