//! Integers as offsets from the least of them, in the fewest of 2, 4 or 8 bytes:
//! `base:word width:byte lane`.

use super::cursor::Cursor;
use super::lane::{self, Lane};
use crate::error::Result;

/// Appends base and width, and gives back the offsets. `None` when there are no integers.
pub(super) fn split(ints: &[i64], head: &mut Vec<u8>) -> Option<Lane> {
    let (&base, &top) = (ints.iter().min()?, ints.iter().max()?);
    let offsets = ints.iter().map(|&int| int.wrapping_sub(base) as u64);
    let lane = match top.wrapping_sub(base) as u64 {
        0..=0xffff => Lane::U16(offsets.map(|offset| offset as u16).collect()),
        0x1_0000..=0xffff_ffff => Lane::U32(offsets.map(|offset| offset as u32).collect()),
        _ => Lane::U64(offsets.collect()),
    };
    head.extend(base.to_le_bytes());
    head.push(lane.width() as u8);
    Some(lane)
}

/// Fills `out` with `map` of each integer.
pub(super) fn decode(cursor: &mut Cursor, out: &mut [u64], map: impl Fn(i64) -> u64) -> Result<()> {
    let base = cursor.word()?;
    let whole = |offset: u64| map(base.wrapping_add(offset) as i64);
    match cursor.byte()? {
        2 => lane::decode(cursor, out, |offset: u16| whole(offset.into())),
        4 => lane::decode(cursor, out, |offset: u32| whole(offset.into())),
        8 => lane::decode(cursor, out, whole),
        _ => Err(cursor.bad("unknown width of integers")),
    }
}
