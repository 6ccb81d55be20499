//! Columns of few distinct words in no order that arithmetic knows: `varint(n) word[n] lane`,
//! where the lane holds places in the dictionary in two bytes each.

use super::cursor::{Cursor, put_varint};
use super::lane::{self, Lane};
use crate::error::Result;
use crate::types::Kind;

/// Distinct words at most, so that the dictionary fits the caches.
const MAX_WORDS: usize = 4096;
/// Slots of the hash table, at most half of them taken.
const SLOTS: usize = 2 * MAX_WORDS;
const FREE: u16 = u16::MAX;

/// Appends the dictionary in order of value and gives back the places. `None` when the words are
/// too many for it to pay.
pub(super) fn split(words: &[u64], kind: Kind, head: &mut Vec<u8>) -> Option<Lane> {
    let limit = MAX_WORDS.min(words.len() / 8);
    let mut slots = vec![FREE; SLOTS];
    let mut distinct: Vec<u64> = Vec::new();
    let mut lane = Vec::with_capacity(words.len());
    for &word in words {
        let mut slot = (word.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 51) as usize;
        let place = loop {
            let place = slots[slot];
            if place == FREE {
                if distinct.len() == limit {
                    return None;
                }
                slots[slot] = distinct.len() as u16;
                distinct.push(word);
                break slots[slot];
            }
            if distinct[usize::from(place)] == word {
                break place;
            }
            slot = (slot + 1) % SLOTS;
        };
        lane.push(place);
    }
    let mut order: Vec<u16> = (0..distinct.len() as u16).collect();
    let word = |place: &u16| distinct[usize::from(*place)];
    match kind {
        Kind::Int => order.sort_unstable_by_key(|place| word(place) as i64),
        Kind::Float => order
            .sort_unstable_by(|a, b| f64::from_bits(word(a)).total_cmp(&f64::from_bits(word(b)))),
    }
    let mut rank = vec![0; order.len()];
    put_varint(order.len() as u64, head);
    for (at, place) in order.iter().enumerate() {
        rank[usize::from(*place)] = at as u16;
        head.extend(word(place).to_le_bytes());
    }
    for place in &mut lane {
        *place = rank[usize::from(*place)];
    }
    Some(Lane::U16(lane))
}

/// Fills `out` with the words at the lane's places.
pub(super) fn decode(cursor: &mut Cursor, out: &mut [u64]) -> Result<()> {
    let count = cursor.count(MAX_WORDS)?;
    let (words, _) = cursor.take(8 * count)?.as_chunks();
    let words: Vec<u64> = words.iter().map(|word| u64::from_le_bytes(*word)).collect();
    let mut known = true;
    lane::decode(cursor, out, |place: u16| {
        let word = words.get(usize::from(place));
        known &= word.is_some();
        word.copied().unwrap_or(0)
    })?;
    if known { Ok(()) } else { Err(cursor.bad("a place is past the dictionary's end")) }
}
