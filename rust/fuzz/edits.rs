//! A fuzzer's input as edits of a run's files.

use crate::support::specimen::Specimen;
use std::sync::LazyLock;
use tachograph::log::{LogReader, Mechanism};

const FILE_HEADER: usize = 64;
const FRAME_HEADER: usize = 88;
const TAIL_HEADER: usize = 128;

static SOUND: LazyLock<[Specimen; 2]> =
    LazyLock::new(|| [Specimen::small(Mechanism::Map), Specimen::small(Mechanism::Write)]);

/// A run after some edits.
pub struct Edited {
    pub sound: &'static Specimen,
    main: Vec<u8>,
    pub tail: Vec<u8>,
    scanning: bool,
}

impl Edited {
    /// The first byte says which run it is and how it is opened, the rest what is changed; with
    /// `mend` checksums are made right again.
    pub fn of(data: &[u8], mend: bool) -> Option<Self> {
        let (&which, edits) = data.split_first()?;
        let sound = &SOUND[usize::from(which & 1)];
        let mut main = sound.main.clone();
        let mut tail = sound.tails[0].1.clone();
        apply(&mut main, &mut tail, edits, mend);
        Some(Self { sound, main, tail, scanning: which & 2 != 0 })
    }

    pub fn open(self) -> tachograph::Result<LogReader> {
        let tails = vec![(self.sound.tails[0].0, self.tail)];
        if self.scanning {
            LogReader::scan_bytes(self.main, tails)
        } else {
            LogReader::from_bytes(self.main, tails)
        }
    }
}

/// Applies edits of eight bytes each: what, where (3 bytes), how much, with what (3 bytes).
fn apply(main: &mut Vec<u8>, tail: &mut Vec<u8>, edits: &[u8], mend: bool) {
    let (edits, _) = edits.as_chunks::<8>();
    let mut in_main = false;
    let mut in_tail = false;
    for edit in edits.iter().take(32) {
        let to_main = edit[0] & 1 == 0;
        in_main |= to_main;
        in_tail |= !to_main;
        one(if to_main { main } else { tail }, edit);
    }
    if mend && in_main {
        mend_frames(main);
    }
    if mend && in_tail {
        mend_tail(tail);
    }
}

fn one(data: &mut Vec<u8>, edit: &[u8; 8]) {
    if data.is_empty() {
        return;
    }
    let at = u32::from_le_bytes([edit[1], edit[2], edit[3], 0]) as usize % data.len();
    let end = (at + 1 + usize::from(edit[4])).min(data.len());
    let other = usize::from(u16::from_le_bytes([edit[5], edit[6]])) % data.len();
    match edit[0] >> 1 & 7 {
        0 => data[at] ^= edit[5] | 1,
        1 => data[at] = edit[5],
        2 => data[at..end].fill(edit[5]),
        3 => {
            let to = other.min(data.len() - (end - at));
            data.copy_within(at..end, to);
        }
        4 => drop(data.drain(at..end)),
        5 => {
            let piece = data[at..end].to_vec();
            data.splice(other..other, piece);
        }
        6 => data.truncate(
            data.len() - usize::from(u16::from_le_bytes([edit[5], edit[6]])) % data.len(),
        ),
        _ => {
            // A whole field: lengths, counts and places are of this kind.
            let value = u32::from_le_bytes([edit[4], edit[5], edit[6], edit[7]]);
            let to = (at & !3).min(data.len().saturating_sub(4));
            let size = data.len().min(4);
            data[to..to + size].copy_from_slice(&value.to_le_bytes()[..size]);
        }
    }
}

fn u32_at(data: &[u8], at: usize) -> usize {
    data.get(at..at + 4).map_or(0, |b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]) as usize)
}

fn put(data: &mut [u8], at: usize, value: u32) {
    if let Some(field) = data.get_mut(at..at + 4) {
        field.copy_from_slice(&value.to_le_bytes());
    }
}

/// Walks the frames as their headers lead, and makes the checksums of headers and heads right.
fn mend_frames(main: &mut [u8]) {
    let mut at = FILE_HEADER;
    while at + FRAME_HEADER <= main.len() {
        let (payload, head) = (u32_at(main, at + 40), u32_at(main, at + 44));
        let start = at + FRAME_HEADER;
        if let Some(bytes) = main.get(start..start + head) {
            let crc = crc32c::crc32c(bytes);
            put(main, at + 80, crc);
        }
        let crc = crc32c::crc32c(&main[at..at + 84]);
        put(main, at + 84, crc);
        at = start + payload;
    }
}

/// The same for a segment's headers and the commit words of its records.
fn mend_tail(tail: &mut [u8]) {
    if tail.len() < TAIL_HEADER {
        return;
    }
    for at in [0, 64] {
        let crc = crc32c::crc32c(&tail[at..at + 60]);
        put(tail, at + 60, crc);
    }
    let seed = crc32c::crc32c_append(crc32c::crc32c(&tail[16..32]), &tail[12..16]);
    let mut at = TAIL_HEADER;
    while at + 8 <= tail.len() {
        let len = u32_at(tail, at + 4);
        let Some(body) = tail.get(at + 8..at + 8 + len).filter(|body| !body.is_empty()) else {
            return;
        };
        let place = (at as u64 | (len as u64) << 32).to_le_bytes();
        let crc = crc32c::crc32c_append(crc32c::crc32c_append(seed, &place), body);
        put(tail, at, crc);
        at += 8 + len;
    }
}
