//! Lossless codecs of columns: 64-bit words in, bytes out, nothing read or written elsewhere.
//!
//! A coded column is the number of its codec and what that codec needs, to the last byte. How
//! many values there are stands outside. All fixed-width numbers are little-endian; `word` is
//! eight bytes; `varint` is unsigned LEB128, seven bits a byte, least significant first.
//!
//! | number | codec | layout after the number |
//! |---|---|---|
//! | 0 | raw | `word[len]` |
//! | 1 | constant | `word` |
//! | 2 | linear | `start:word stride:word`; value `i` is `start + i * stride`, modulo 2^64 |
//! | 3 | runs | `varint(runs)`, then each run `varint(length) word` |
//! | 4 | ints | `base:word width:byte lane<u16, u32 or u64>`; value = base + number, modulo 2^64 |
//! | 5 | f64 | `lane<f64>` |
//! | 6 | f32 | `patches lane<f32>`; the double of the single, by bits |
//! | 7 | bf16 | `patches lane<u16>`; numbers are ordered half patterns |
//! | 8 | f16 | `patches lane<u16>`; numbers are ordered half patterns |
//! | 9 | ratio | `varint(divisor) patches base:word width:byte lane`; value = the double nearest to (base + number) / divisor |
//! | 10 | dictionary | `varint(n) word[n] lane<u16>`; value = the word at that place, n up to 4096 |
//!
//! - `width` is 2, 4 or 8: bytes in a number of the lane.
//! - An ordered half pattern has its sign bit flipped when it was clear, else all bits flipped.
//! - `patches`: `varint(n)`, then `n` times `varint(gap) word`. Value `p` of the column is
//!   replaced by `word`, where `p` is the gap plus one more than the previous patch's `p`, or just
//!   the gap for the first. n is at most a fiftieth of `len`, and one more from 8 values on.
//! - `lane<T>`: one byte, then to the end of the column:
//!   - 0: pco, wrapped format: header (version 4.0 or 4.1), metadata of one chunk of `T`, one
//!     page. Only modes 0 to 3 (no dictionary) and differences 0 and 1 (none, consecutive).
//!   - 1: planes: for each byte of `T` from the least significant, the bytes of all numbers as
//!     `0 byte` (all equal), `1 byte[len]`, or `2 varint(size) frame[size]` (zstd).
//!
//! Bytes that are no column ([`encode_bytes`]): `0 varint(len) byte[len]`, or
//! `1 varint(len) frame` (zstd).

mod blob;
mod choose;
mod cursor;
mod dictionary;
mod divisor;
mod ints;
mod lane;
mod narrow;
mod number;
mod patches;
mod pcodec;
mod plain;
mod planes;
mod ratio;
#[cfg(test)]
mod tests;

pub use blob::{decode_bytes, encode_bytes};
pub(crate) use cursor::put_varint;

use crate::error::{Error, Result};
use crate::types::Kind;
use cursor::Cursor;

/// The most values in a column.
pub const MAX_LEN: usize = 1 << 20;

/// How hard to try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effort {
    /// The fewest bytes.
    Small,
    /// Several times faster, for when the sealer is behind.
    Fast,
}

/// The numbers of the codecs, as they stand in files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Codec {
    Raw = 0,
    Constant = 1,
    Linear = 2,
    Runs = 3,
    Ints = 4,
    F64 = 5,
    F32 = 6,
    Bf16 = 7,
    F16 = 8,
    Ratio = 9,
    Dictionary = 10,
}

impl Codec {
    fn from_u8(number: u8) -> Option<Self> {
        Some(match number {
            0 => Self::Raw,
            1 => Self::Constant,
            2 => Self::Linear,
            3 => Self::Runs,
            4 => Self::Ints,
            5 => Self::F64,
            6 => Self::F32,
            7 => Self::Bf16,
            8 => Self::F16,
            9 => Self::Ratio,
            10 => Self::Dictionary,
            _ => return None,
        })
    }
}

/// Appends the coded form of `words` to `out`.
///
/// `kind` tells how the words are read, which decides only how small they get: any words of
/// either kind come back to the bit. The bytes are decoded and compared before this returns, and
/// the words are stored raw where that fails. There are at most [`MAX_LEN`] words.
pub fn encode(words: &[u64], kind: Kind, effort: Effort, out: &mut Vec<u8>) {
    debug_assert!(words.len() <= MAX_LEN);
    let start = out.len();
    let coded = !words.is_empty() && choose::encode(words, kind, effort, out);
    let raw_size = 1 + 8 * words.len();
    if coded && out.len() - start < raw_size {
        let mut back = vec![0; words.len()];
        if decode(&out[start..], &mut back).is_ok() && back == words {
            return;
        }
    }
    out.truncate(start);
    out.push(Codec::Raw as u8);
    plain::encode_raw(words, out);
}

/// Fills `out` with the words that `bytes` hold.
///
/// Never panics, and allocates no more than, for a moment, a byte for each word and about a MiB.
/// Damage that still makes sense goes unnoticed: that is what checksums are for. After an error
/// `out` holds anything.
pub fn decode(bytes: &[u8], out: &mut [u64]) -> Result<()> {
    if out.len() > MAX_LEN {
        return Err(Error::corrupt(0, format!("{} values are more than {MAX_LEN}", out.len())));
    }
    let mut cursor = Cursor::new(bytes);
    let Some(codec) = Codec::from_u8(cursor.byte()?) else {
        return Err(cursor.bad(format!("unknown codec {}", bytes[0])));
    };
    match codec {
        Codec::Raw => plain::decode_raw(&mut cursor, out)?,
        Codec::Constant => plain::decode_line(cursor.word()?, 0, out),
        Codec::Linear => plain::decode_line(cursor.word()?, cursor.word()?, out),
        Codec::Runs => plain::decode_runs(&mut cursor, out)?,
        Codec::Ints => ints::decode(&mut cursor, out, |int| int as u64)?,
        Codec::F64 => lane::decode(&mut cursor, out, f64::to_bits)?,
        Codec::F32 => decode_narrow(&mut cursor, out, narrow::from_f32)?,
        Codec::Bf16 => decode_narrow(&mut cursor, out, narrow::from_bf16)?,
        Codec::F16 => decode_narrow(&mut cursor, out, narrow::from_f16)?,
        Codec::Ratio => ratio::decode(&mut cursor, out)?,
        Codec::Dictionary => dictionary::decode(&mut cursor, out)?,
    }
    cursor.finish()
}

fn decode_narrow<T: number::Bits>(
    cursor: &mut Cursor,
    out: &mut [u64],
    widen: impl Fn(T) -> u64,
) -> Result<()> {
    let patches = patches::decode(cursor, out.len())?;
    lane::decode(cursor, out, widen)?;
    patches::apply(&patches, out);
    Ok(())
}
