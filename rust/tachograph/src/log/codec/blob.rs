//! Text and other bytes: `form:byte varint(raw length) payload`, stored (0) or a zstd frame (1).

use super::Effort;
use super::cursor::{Cursor, put_varint};
use crate::error::Result;
use zstd::bulk::{Compressor, Decompressor};

const STORED: u8 = 0;
const ZSTD: u8 = 1;
/// zstd cannot expand further: a block of 128 KiB takes at least four bytes.
const MAX_EXPANSION: usize = 1 << 15;

/// Appends the coded form of `raw` to `out`.
pub fn encode_bytes(raw: &[u8], effort: Effort, out: &mut Vec<u8>) {
    let level = match effort {
        Effort::Small => 7,
        Effort::Fast => 1,
    };
    let frame = Compressor::new(level).and_then(|mut zstd| zstd.compress(raw));
    let start = out.len();
    if let Ok(frame) = frame
        && frame.len() < raw.len()
    {
        out.push(ZSTD);
        put_varint(raw.len() as u64, out);
        out.extend(frame);
        if decode_bytes(&out[start..], raw.len()).is_ok_and(|back| back == raw) {
            return;
        }
        out.truncate(start);
    }
    out.push(STORED);
    put_varint(raw.len() as u64, out);
    out.extend(raw);
}

/// Decodes bytes written by [`encode_bytes`].
///
/// Never panics, and never allocates more than `max_len`, the declared length, or what zstd can
/// make of so many bytes, whichever is least.
pub fn decode_bytes(bytes: &[u8], max_len: usize) -> Result<Vec<u8>> {
    let mut cursor = Cursor::new(bytes);
    let form = cursor.byte()?;
    let len = cursor.count(max_len)?;
    let payload = cursor.rest();
    match form {
        STORED if payload.len() == len => Ok(payload.to_vec()),
        ZSTD if len <= payload.len().saturating_mul(MAX_EXPANSION) => {
            let mut raw = Vec::new();
            raw.try_reserve_exact(len).map_err(|_| cursor.bad("too long for memory"))?;
            raw.resize(len, 0);
            let written = Decompressor::new()
                .and_then(|mut zstd| zstd.decompress_to_buffer(payload, &mut raw[..]))
                .map_err(|error| cursor.bad(format!("zstd: {error}")))?;
            if written == len { Ok(raw) } else { Err(cursor.bad("zstd gave too few bytes")) }
        }
        STORED | ZSTD => Err(cursor.bad("the declared length cannot be")),
        _ => Err(cursor.bad("unknown form of bytes")),
    }
}
