//! Columns that follow a rule: raw words, one word, an arithmetic sequence, runs.

use super::cursor::{Cursor, put_varint};
use crate::error::Result;

/// Bytes that a run may take: its word and the longest length.
const RUN_BYTES: usize = 8 + 3;

/// Appends `word[len]`.
pub(super) fn encode_raw(words: &[u64], out: &mut Vec<u8>) {
    out.reserve(8 * words.len());
    for word in words {
        out.extend(word.to_le_bytes());
    }
}

/// Fills `out` with raw words.
pub(super) fn decode_raw(cursor: &mut Cursor, out: &mut [u64]) -> Result<()> {
    let (words, _) = cursor.take(8 * out.len())?.as_chunks();
    for (into, word) in out.iter_mut().zip(words) {
        *into = u64::from_le_bytes(*word);
    }
    Ok(())
}

/// Start and stride of words that grow by the same amount, wrapping around.
pub(super) fn line(words: &[u64]) -> Option<(u64, u64)> {
    let (&[start, second], _) = words.split_first_chunk()?;
    let stride = second.wrapping_sub(start);
    let even = words.windows(2).all(|pair| pair[1].wrapping_sub(pair[0]) == stride);
    even.then_some((start, stride))
}

/// Fills `out` with words from `start` on.
pub(super) fn decode_line(start: u64, stride: u64, out: &mut [u64]) {
    let mut word = start;
    for into in out {
        *into = word;
        word = word.wrapping_add(stride);
    }
}

/// How many stretches of equal words there are.
pub(super) fn count_runs(words: &[u64]) -> usize {
    let changes = words.windows(2).filter(|pair| pair[0] != pair[1]).count();
    changes + usize::from(!words.is_empty())
}

/// The most bytes that so many runs take.
pub(super) fn size_of_runs(runs: usize) -> usize {
    runs * RUN_BYTES + 3
}

/// Appends `varint(runs)`, then for each `varint(length) word`.
pub(super) fn encode_runs(words: &[u64], out: &mut Vec<u8>) {
    put_varint(count_runs(words) as u64, out);
    for run in words.chunk_by(|a, b| a == b) {
        put_varint(run.len() as u64, out);
        out.extend(run[0].to_le_bytes());
    }
}

/// Fills `out` with the words of runs.
pub(super) fn decode_runs(cursor: &mut Cursor, mut out: &mut [u64]) -> Result<()> {
    let runs = cursor.count(out.len())?;
    for _ in 0..runs {
        let length = cursor.count(out.len())?;
        let (run, rest) = out.split_at_mut(length);
        run.fill(cursor.word()?);
        out = rest;
    }
    if out.is_empty() { Ok(()) } else { Err(cursor.bad("the runs are too short")) }
}
