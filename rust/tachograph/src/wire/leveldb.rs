//! The framing of `LevelDB`'s log as W&B has it: blocks of 32 KiB, records in pieces, CRC-32.
//!
//! After <https://github.com/google/leveldb/blob/main/doc/log_format.md>. W&B's files begin with
//! seven bytes of their own, which count for the first block, and their checksum is the CRC-32 of
//! zip files, unmasked.

use super::window::{Losses, Next, PATIENCE, Window};
use std::io::{self, Read};

/// What a file begins with: the name, the magic number, version 0.
pub(crate) const WANDB_MARK: [u8; 7] = *b":W&B\xe1\xbe\x00";
const BLOCK: u64 = 32 << 10;
/// Bytes before a piece's content: checksum, length, kind.
const HEAD: usize = 7;
/// The longest record that is put together; of a longer one nothing is kept.
const MAX_RECORD: usize = 64 << 20;

const FULL: u8 = 1;
const FIRST: u8 = 2;
/// A middle piece is 3.
const LAST: u8 = 4;

/// The records of a file, one after the other, whatever happened to it.
///
/// Behind a piece that contradicts its checksum, or is of no known kind, reading goes on in the next
/// block, since its length cannot be believed either; a record that lacks a piece is left out. Zeros up
/// to the end of the file are space that was reserved; zeros before sound pieces are damage.
pub(crate) struct Records<R> {
    window: Window<R>,
    record: Vec<u8>,
    joining: Joining,
    /// Bytes of blocks of zeros that were just met.
    zeros: u64,
    pub(crate) losses: Losses,
    pub(crate) too_long: u64,
}

/// What the last piece was, and so what a middle or last one that follows belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Joining {
    /// The end of a record.
    Nothing,
    /// The beginning of the record that is being put together.
    Record,
    /// Part of one that is too long.
    TooLong,
    /// Lost, and counted.
    Lost,
}

impl<R: Read> Records<R> {
    /// The records of a stream that begins with [`WANDB_MARK`]; `None` where it does not.
    pub(crate) fn new(source: R) -> io::Result<Option<Self>> {
        let mut window = Window::new(source);
        let have = window.want(WANDB_MARK.len())?;
        if window.bytes()[..have.min(WANDB_MARK.len())] != WANDB_MARK {
            return Ok(None);
        }
        window.skip(WANDB_MARK.len());
        let losses = Losses::default();
        Ok(Some(Self {
            window,
            record: Vec::new(),
            joining: Joining::Nothing,
            zeros: 0,
            losses,
            too_long: 0,
        }))
    }

    /// How many bytes of the file were read.
    pub(crate) fn position(&self) -> u64 {
        self.window.position()
    }

    /// The next record.
    pub(crate) fn next(&mut self) -> io::Result<Next<'_>> {
        let until = self.window.position() + PATIENCE;
        while self.window.position() < until {
            let left = (BLOCK - self.window.position() % BLOCK) as usize;
            if left < HEAD {
                self.window.want(left)?;
                self.window.skip(left);
                continue;
            }
            let have = self.window.want(left)?;
            if have < HEAD {
                return Ok(self.end(have));
            }
            let head: [u8; HEAD] = *self.window.bytes().first_chunk().unwrap_or(&[0; HEAD]);
            let stated = u32::from_le_bytes([head[0], head[1], head[2], head[3]]);
            let length = usize::from(u16::from_le_bytes([head[4], head[5]]));
            let (kind, size) = (head[6], HEAD + length);
            let block = &self.window.bytes()[..have.min(left)];
            if head == [0; HEAD] && block.iter().all(|&byte| byte == 0) {
                if have < left {
                    return Ok(self.end(have));
                }
                self.zeros += left as u64;
                self.window.skip(left);
                continue;
            }
            if size <= left && have < size {
                return Ok(self.end(have));
            }
            let sound = size <= left
                && (FULL..=LAST).contains(&kind)
                && crc_of(kind, &self.window.bytes()[HEAD..size]) == stated;
            if self.zeros > 0 {
                self.lose(self.zeros);
                self.zeros = 0;
            }
            if !sound {
                let bad = have.min(left);
                self.lose(bad as u64);
                self.window.skip(bad);
                continue;
            }
            if self.join(kind, size) {
                return Ok(Next::Record(&self.record));
            }
        }
        Ok(Next::NotYet)
    }

    /// Takes a sound piece; whether it makes a record whole.
    fn join(&mut self, kind: u8, size: usize) -> bool {
        let (begins, ends) = (matches!(kind, FULL | FIRST), matches!(kind, FULL | LAST));
        match (begins, self.joining) {
            // A first piece without its last.
            (true, Joining::Record) => self.lose(0),
            // A piece without those before it.
            (false, Joining::Nothing) => self.lose(size as u64),
            (false, Joining::Lost) => self.losses.bytes += size as u64,
            _ => {}
        }
        if begins {
            self.record.clear();
            self.joining = Joining::Record;
        }
        let content = &self.window.take(size)[HEAD..];
        if self.joining == Joining::Record {
            if self.record.len() + content.len() > MAX_RECORD {
                self.record = Vec::new();
                self.joining = Joining::TooLong;
                self.too_long += 1;
            } else {
                self.record.extend_from_slice(content);
            }
        }
        let is_whole = ends && self.joining == Joining::Record;
        if ends {
            self.joining = Joining::Nothing;
        }
        is_whole
    }

    /// Counts a damaged place with the record that cannot be put together for it.
    fn lose(&mut self, bytes: u64) {
        self.losses.places += 1;
        self.losses.bytes += bytes;
        if self.joining == Joining::Record {
            self.losses.bytes += self.record.len() as u64;
        }
        self.joining = Joining::Lost;
    }

    fn end(&mut self, have: usize) -> Next<'static> {
        self.losses.torn_bytes += self.zeros + have as u64;
        if self.joining == Joining::Record {
            self.losses.torn_bytes += self.record.len() as u64;
        }
        (self.zeros, self.joining) = (0, Joining::Nothing);
        self.window.skip(have);
        Next::End
    }
}

fn crc_of(kind: u8, content: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(&[kind]);
    crc.update(content);
    crc.sum()
}
