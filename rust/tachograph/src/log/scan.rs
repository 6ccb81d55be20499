//! Walking the frames of a main file, over damage where there is some.

use super::frame::{
    FILE_HEADER, FRAME_HEADER, FileHeader, FrameHeader, HeaderFault, MAGIC, MAJOR, MARKER,
    frame_type,
};
use super::rows::{self, Entry};
use super::source::Source;
use crate::{Error, Result};
use std::path::Path;

/// The most bytes of structured records or index that one frame may hold.
pub(crate) const MAX_HEAD: u32 = 1 << 30;
/// How much is read at a time while looking for the next sound frame.
const WINDOW: usize = 1 << 20;

/// What stands at the beginning of a main file.
pub(crate) enum Opening {
    /// A sound header.
    Header(FileHeader),
    /// Nothing, or the beginning of a header.
    Torn,
    /// A damaged header before sound frames, or one whose magic is still there.
    Damaged(Option<[u8; 16]>),
}

/// Reads the file header, and makes the best of a damaged one.
pub(crate) fn open(source: &dyn Source, name: &Path) -> Result<Opening> {
    let mut bytes = [0; FILE_HEADER];
    let n = source.read_main(0, &mut bytes)?;
    let not_a_log = || Error::Unsupported {
        path: name.to_owned(),
        reason: "not a tachograph log: it does not begin like one".into(),
    };
    if n < FILE_HEADER {
        let known = n.min(MAGIC.len());
        return if bytes[..known] == MAGIC[..known] { Ok(Opening::Torn) } else { Err(not_a_log()) };
    }
    match FileHeader::decode(&bytes) {
        Ok(header) if header.major > MAJOR || header.incompat != 0 => Err(Error::Unsupported {
            path: name.to_owned(),
            reason: format!(
                "written in format {} with features {:#x}; this version reads format {MAJOR}; \
                 install a newer tachograph",
                header.major, header.incompat
            ),
        }),
        Ok(header) => Ok(Opening::Header(header)),
        Err(fault) => {
            let len = source.main_len()?;
            let frame = next_frame(source, FILE_HEADER as u64, len, None)?;
            // A power failure may leave zeros of a page that was to be written.
            let zeros = bytes == [0; FILE_HEADER];
            match frame {
                Some(frame) => Ok(Opening::Damaged(Some(frame.uuid))),
                None if fault == HeaderFault::Damaged => Ok(Opening::Damaged(None)),
                None if zeros && !source.tails()?.is_empty() => Ok(Opening::Damaged(None)),
                None => Err(not_a_log()),
            }
        }
    }
}

/// The header at `offset`, if a sound one of this run stands there.
pub(crate) fn frame_at(
    source: &dyn Source,
    offset: u64,
    uuid: Option<[u8; 16]>,
) -> Result<Option<FrameHeader>> {
    let mut bytes = [0; FRAME_HEADER];
    if source.read_main(offset, &mut bytes)? < FRAME_HEADER {
        return Ok(None);
    }
    let header = FrameHeader::decode(&bytes, offset).ok();
    Ok(header.filter(|header| uuid.is_none_or(|uuid| header.uuid == uuid)))
}

/// The first sound frame header at or after `from`.
pub(crate) fn next_frame(
    source: &dyn Source,
    from: u64,
    len: u64,
    uuid: Option<[u8; 16]>,
) -> Result<Option<FrameHeader>> {
    let mut at = from;
    let mut window = Vec::new();
    while at + FRAME_HEADER as u64 <= len {
        window.resize(WINDOW.min((len - at) as usize), 0);
        let n = source.read_main(at, &mut window)?;
        window.truncate(n);
        if n < FRAME_HEADER {
            return Ok(None);
        }
        for found in memchr::memmem::find_iter(&window, &MARKER) {
            let offset = at + found as u64;
            if let Some(bytes) = window.get(found..found + FRAME_HEADER)
                && let Ok(header) = FrameHeader::decode(bytes, offset)
                && uuid.is_none_or(|uuid| header.uuid == uuid)
            {
                return Ok(Some(header));
            }
        }
        at += (n - FRAME_HEADER + 1) as u64;
    }
    Ok(None)
}

/// The head of a frame, its checksum found right.
pub(crate) fn read_head(source: &dyn Source, frame: &FrameHeader) -> Result<Vec<u8>> {
    let at = frame.offset + FRAME_HEADER as u64;
    let there = source.main_len()?.saturating_sub(at);
    if u64::from(frame.head_len) > there || frame.head_len > MAX_HEAD {
        return Err(Error::corrupt(frame.offset, "the frame is cut off"));
    }
    let mut head = vec![0; frame.head_len as usize];
    let n = source.read_main(at, &mut head)?;
    if n < head.len() || crc32c::crc32c(&head) != frame.head_crc {
        return Err(Error::corrupt(at, "the checksum of the frame's head is wrong"));
    }
    Ok(head)
}

/// The directory of a frame of rows.
pub(crate) fn read_entries(source: &dyn Source, frame: &FrameHeader) -> Result<Vec<Entry>> {
    rows::decode_head(&read_head(source, frame)?)
}

/// A column's chunk; its checksum is checked where it is decoded.
pub(crate) fn read_chunk(
    source: &dyn Source,
    frame: &FrameHeader,
    entry: &Entry,
) -> Result<Vec<u8>> {
    let (start, len) = entry.range();
    let chunks_len = (frame.payload_len - frame.head_len) as usize;
    if start.checked_add(len).is_none_or(|end| end > chunks_len) {
        return Err(Error::corrupt(frame.offset, "a column runs past its frame"));
    }
    let at = frame.offset + (FRAME_HEADER as u64) + u64::from(frame.head_len) + start as u64;
    if source.main_len()?.saturating_sub(at) < len as u64 {
        return Err(Error::corrupt(at, "the file ends within a column"));
    }
    let mut chunk = vec![0; len];
    let n = source.read_main(at, &mut chunk)?;
    chunk.truncate(n);
    Ok(chunk)
}

/// Whether every byte of a frame is there and every checksum right.
pub(crate) fn is_whole(source: &dyn Source, frame: &FrameHeader) -> Result<bool> {
    if frame.end() > source.main_len()? {
        return Ok(false);
    }
    match check_frame(source, frame) {
        Ok(()) => Ok(true),
        Err(Error::Io { operation, path, source }) => Err(Error::Io { operation, path, source }),
        Err(_) => Ok(false),
    }
}

/// Finds the checksums of a frame's columns right; they are not decoded.
pub(crate) fn check_chunks(
    source: &dyn Source,
    frame: &FrameHeader,
    entries: &[Entry],
) -> Result<()> {
    entries.iter().try_for_each(|entry| entry.check(&read_chunk(source, frame, entry)?).map(|_| ()))
}

/// Checks and decodes everything in a frame.
pub(crate) fn check_frame(source: &dyn Source, frame: &FrameHeader) -> Result<()> {
    let head = read_head(source, frame)?;
    if frame.kind != frame_type::ROWS {
        return Ok(());
    }
    let entries = rows::decode_head(&head)?;
    let covered: usize = entries.iter().map(|entry| entry.range().1).sum();
    if covered != (frame.payload_len - frame.head_len) as usize {
        return Err(Error::corrupt(frame.offset, "the directory does not cover the frame"));
    }
    let n = frame.rows as usize;
    for entry in &entries {
        let chunk = read_chunk(source, frame, entry)?;
        if entry.is_place() {
            entry.check(&chunk)?;
        } else if entry.is_extras() {
            rows::decode_extras(entry, &chunk, n)?;
        } else {
            rows::decode_present(entry, &chunk, &mut vec![0; n])?;
        }
    }
    Ok(())
}
