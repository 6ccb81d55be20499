//! `TFRecord` framing: length and content, each with a masked CRC-32C; written and read.
//!
//! After <https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details>.

use super::window::{Losses, Next, PATIENCE, Window};
use std::io::{self, Read};

/// Bytes before the content.
const HEAD: usize = 12;
/// Bytes behind the content.
const FOOT: usize = 4;
/// The longest record that is read; a longer one, which holds no scalar, is passed over.
pub(crate) const MAX_RECORD: u64 = 64 << 20;

/// What a checksum is turned into, so that checksums of data that holds checksums stay useful.
pub(crate) fn masked(crc: u32) -> u32 {
    crc.rotate_right(15).wrapping_add(0xa282_ead8)
}

/// Appends a record whose content `fill` appends.
pub(crate) fn push_record(out: &mut Vec<u8>, fill: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(&[0; HEAD]);
    fill(out);
    let length = ((out.len() - start - HEAD) as u64).to_le_bytes();
    out[start..start + 8].copy_from_slice(&length);
    out[start + 8..start + HEAD].copy_from_slice(&masked(crc32c::crc32c(&length)).to_le_bytes());
    let crc = masked(crc32c::crc32c(&out[start + HEAD..]));
    out.extend_from_slice(&crc.to_le_bytes());
}

/// The records of a file, one after the other, whatever happened to it.
///
/// A record whose content contradicts its checksum is left out, and reading goes on behind it. Where
/// a length contradicts its checksum, nobody knows where the record ends: reading goes on at the
/// next place where a whole record stands whose two checksums are right. A file that ends within a
/// record is torn, not damaged: its writer was killed, or is still at it.
pub(crate) struct Records<R> {
    window: Window<R>,
    /// Where it is not known at which byte the next record begins.
    search: Option<Search>,
    pub(crate) losses: Losses,
    /// Records longer than [`MAX_RECORD`], whose content was not looked at.
    pub(crate) too_long: u64,
}

/// What was passed over in search of a record.
struct Search {
    gone: u64,
    all_zero: bool,
}

/// How a search went on.
enum Found {
    Record,
    NotYet,
    End,
}

impl<R: Read> Records<R> {
    pub(crate) fn new(source: R) -> Self {
        let window = Window::new(source);
        Self { window, search: None, losses: Losses::default(), too_long: 0 }
    }

    /// How many bytes of the file were read.
    pub(crate) fn position(&self) -> u64 {
        self.window.position()
    }

    /// The next record's content.
    pub(crate) fn next(&mut self) -> io::Result<Next<'_>> {
        let until = self.window.position() + PATIENCE;
        loop {
            if let Some(search) = self.search.take() {
                match self.search_on(search, until)? {
                    Found::Record => {}
                    Found::NotYet => return Ok(Next::NotYet),
                    Found::End => return Ok(Next::End),
                }
            }
            if self.window.position() >= until {
                return Ok(Next::NotYet);
            }
            let have = self.window.want(HEAD)?;
            if have < HEAD {
                self.losses.torn_bytes += have as u64;
                self.window.skip(have);
                return Ok(Next::End);
            }
            let Some(length) = length_of(self.window.bytes()) else {
                self.losses.places += 1;
                self.search = Some(Search { gone: 0, all_zero: true });
                continue;
            };
            if length > MAX_RECORD {
                if !self.pass_over(length)? {
                    return Ok(Next::End);
                }
                continue;
            }
            let end = HEAD + length as usize + FOOT;
            let have = self.window.want(end)?;
            if have < end {
                self.losses.torn_bytes += have as u64;
                self.window.skip(have);
                return Ok(Next::End);
            }
            if is_sound(&self.window.bytes()[..end]) {
                return Ok(Next::Record(&self.window.take(end)[HEAD..end - FOOT]));
            }
            self.losses.places += 1;
            self.losses.bytes += end as u64;
            self.window.skip(end);
        }
    }

    /// Goes to the next whole record whose checksums are right, if it begins before `until`.
    fn search_on(&mut self, search: Search, until: u64) -> io::Result<Found> {
        let Search { mut gone, mut all_zero } = search;
        while self.window.position() < until {
            all_zero &= self.window.bytes().first().is_none_or(|&byte| byte == 0);
            let step = self.window.bytes().len().min(1);
            self.window.skip(step);
            gone += step as u64;
            if self.window.want(HEAD)? < HEAD {
                let rest = self.window.bytes();
                gone += rest.len() as u64;
                all_zero &= rest.iter().all(|&byte| byte == 0);
                self.window.skip(rest.len());
                if all_zero {
                    // Space that was reserved and never written.
                    self.losses.places -= 1;
                    self.losses.torn_bytes += gone;
                } else {
                    self.losses.bytes += gone;
                }
                return Ok(Found::End);
            }
            // No record that is looked for is longer than this, which spares most checksums.
            if self.window.bytes()[4..8] != [0; 4] {
                continue;
            }
            let Some(length) = length_of(self.window.bytes()) else { continue };
            if length > MAX_RECORD || !self.window.allow_look(length) {
                continue;
            }
            let end = HEAD + length as usize + FOOT;
            if self.window.want(end)? >= end && is_sound(&self.window.bytes()[..end]) {
                self.losses.bytes += gone;
                return Ok(Found::Record);
            }
        }
        self.search = Some(Search { gone, all_zero });
        Ok(Found::NotYet)
    }

    /// Passes over a long record; false where the file ends within it.
    fn pass_over(&mut self, length: u64) -> io::Result<bool> {
        let whole = length.saturating_add((HEAD + FOOT) as u64);
        let skipped = self.window.skip_far(whole)?;
        if skipped < whole {
            self.losses.torn_bytes += skipped;
            return Ok(false);
        }
        self.too_long += 1;
        Ok(true)
    }
}

/// The length that a record's head announces, if its checksum is right.
fn length_of(bytes: &[u8]) -> Option<u64> {
    let length: &[u8; 8] = bytes.first_chunk()?;
    let stated = u32::from_le_bytes(*bytes.get(8..)?.first_chunk()?);
    (stated == masked(crc32c::crc32c(length))).then(|| u64::from_le_bytes(*length))
}

/// Whether the content of a whole record fits its checksum.
fn is_sound(record: &[u8]) -> bool {
    let (content, stated) = record[HEAD..].split_at(record.len() - HEAD - FOOT);
    stated == masked(crc32c::crc32c(content)).to_le_bytes()
}
