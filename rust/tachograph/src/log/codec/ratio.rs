//! Doubles that are an integer over one common divisor, rounded once: accuracies, decimals,
//! counts. `varint(divisor) patches base width lane`.

use super::cursor::{Cursor, put_varint};
use super::lane::Lane;
use super::patches::{self, Patches};
use super::{divisor, ints};
use crate::error::Result;

/// Numerators stay below this, where adding and taking away `ROUNDER` rounds to integers.
const LIMIT: f64 = (1u64 << 51) as f64;
/// Its unit in the last place is one.
const ROUNDER: f64 = (3u64 << 51) as f64;
/// Divisors that are tried on the whole column.
const TRIES: usize = 3;

/// The integer that gives exactly this double when divided.
pub(super) fn numerator(word: u64, divisor: f64) -> Option<i64> {
    let scaled = f64::from_bits(word) * divisor;
    if scaled.is_nan() || scaled.abs() >= LIMIT {
        return None;
    }
    let int = (scaled + ROUNDER - ROUNDER) as i64;
    (quotient(int, divisor) == word).then_some(int)
}

fn quotient(int: i64, divisor: f64) -> u64 {
    (int as f64 / divisor).to_bits()
}

/// Appends divisor, patches, base and width, and gives back the numerators' offsets.
pub(super) fn split(words: &[u64], head: &mut Vec<u8>) -> Option<Lane> {
    let fit = |divisor: u64| {
        let parts = patches::narrow_all(words, |word| numerator(word, divisor as f64))?;
        Some((divisor, parts))
    };
    let (divisor, (ints, patches)): (u64, (Vec<i64>, Patches)) =
        divisor::fitting(words).take(TRIES).find_map(fit)?;
    put_varint(divisor, head);
    patches::encode(&patches, head);
    ints::split(&ints, head)
}

/// Fills `out` with the quotients.
pub(super) fn decode(cursor: &mut Cursor, out: &mut [u64]) -> Result<()> {
    let divisor = cursor.varint()?;
    if divisor == 0 {
        return Err(cursor.bad("division by zero"));
    }
    let patches = patches::decode(cursor, out.len())?;
    ints::decode(cursor, out, |int| quotient(int, divisor as f64))?;
    patches::apply(&patches, out);
    Ok(())
}
