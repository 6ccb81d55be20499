//! Numbers by byte plane: all first bytes, then all second bytes, each plane coded by itself.
//!
//! The planes of a column from least to most significant, each one of
//! `0 byte` (all bytes equal), `1 bytes[len]` (stored) and `2 varint(size) zstd-frame[size]`.

use super::cursor::{Cursor, put_varint};
use super::number::Bits;
use crate::error::Result;
use zstd::bulk::{Compressor, Decompressor};

const SAME: u8 = 0;
const STORED: u8 = 1;
const ZSTD: u8 = 2;

/// Appends the planes of `values`; false when zstd refuses.
pub(super) fn encode<T: Bits>(values: &[T], out: &mut Vec<u8>) -> bool {
    let Ok(mut zstd) = Compressor::new(1) else { return false };
    let mut plane = Vec::with_capacity(values.len());
    for shift in (0..T::WIDTH).map(|byte| 8 * byte) {
        plane.clear();
        plane.extend(values.iter().map(|value| (value.bits() >> shift) as u8));
        if plane.iter().all(|&byte| byte == plane[0]) {
            out.extend([SAME, plane.first().copied().unwrap_or(0)]);
            continue;
        }
        if !is_noise(&plane) {
            let Ok(frame) = zstd.compress(&plane) else { return false };
            if frame.len() < plane.len() - plane.len() / 64 {
                out.push(ZSTD);
                put_varint(frame.len() as u64, out);
                out.extend(frame);
                continue;
            }
        }
        out.push(STORED);
        out.extend(&plane);
    }
    true
}

/// Fills `out` with the bit patterns of the numbers.
pub(super) fn decode<T: Bits>(bytes: &[u8], out: &mut [u64]) -> Result<()> {
    let len = out.len();
    out.fill(0);
    let mut cursor = Cursor::new(bytes);
    let mut unpacked = Vec::new();
    let mut zstd = None;
    for shift in (0..T::WIDTH).map(|byte| 8 * byte) {
        let plane = match cursor.byte()? {
            SAME => {
                let byte = u64::from(cursor.byte()?) << shift;
                for word in out.iter_mut() {
                    *word |= byte;
                }
                continue;
            }
            STORED => cursor.take(len)?,
            ZSTD => {
                let size = cursor.count(bytes.len())?;
                let frame = cursor.take(size)?;
                unpacked.resize(len, 0);
                let damage = |error| cursor.bad(format!("plane: {error}"));
                let zstd = match &mut zstd {
                    Some(zstd) => zstd,
                    none => none.insert(Decompressor::new().map_err(damage)?),
                };
                let written =
                    zstd.decompress_to_buffer(frame, &mut unpacked[..]).map_err(damage)?;
                if written != len {
                    return Err(cursor.bad("a plane is too short"));
                }
                &unpacked
            }
            _ => return Err(cursor.bad("unknown form of a plane")),
        };
        for (word, &byte) in out.iter_mut().zip(plane) {
            *word |= u64::from(byte) << shift;
        }
    }
    cursor.finish()
}

/// Whether 2048 bytes of the plane look like coin tosses: their collision count is near the one
/// of uniform bytes, so an entropy coder would save less than a fiftieth.
fn is_noise(plane: &[u8]) -> bool {
    const LOOKED_AT: usize = 2048;
    if plane.len() < 2 * LOOKED_AT {
        return false;
    }
    let mut counts = [0u64; 256];
    let stride = plane.len() / LOOKED_AT;
    for &byte in plane.iter().step_by(stride).take(LOOKED_AT) {
        counts[usize::from(byte)] += 1;
    }
    let collisions: u64 = counts.iter().map(|count| count * count.saturating_sub(1)).sum();
    // Uniform bytes give n (n - 1) / 256 = 16 376, with a standard deviation near 181.
    collisions < 17_400
}
