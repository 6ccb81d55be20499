//! The header of the main file and the header of its frames, as bytes.

use super::bytes::Bytes;
use crate::types::Table;
use crate::{Error, Result};

/// First bytes of a main file. The line ends show a transfer that changed them.
pub(crate) const MAGIC: [u8; 10] = *b"\x89TACHO\r\n\x1a\n";
/// Versions of the format that this crate writes.
pub(crate) const MAJOR: u16 = 1;
pub(crate) const MINOR: u16 = 0;
/// Bytes of the file header.
pub(crate) const FILE_HEADER: usize = 64;
/// Bytes of a frame header.
pub(crate) const FRAME_HEADER: usize = 88;
/// First bytes of a frame.
pub(crate) const MARKER: [u8; 4] = *b"\xf7TCF";
/// The most rows that a frame may hold.
pub(crate) const MAX_ROWS: u32 = 1 << 20;

/// What a frame holds. The numbers stand in files.
pub(crate) mod frame_type {
    /// Rows of one table, by column.
    pub(crate) const ROWS: u8 = 1;
    /// Structured records.
    pub(crate) const RECORDS: u8 = 2;
    /// The index written on close.
    pub(crate) const INDEX: u8 = 3;
    /// Says that the bytes before it are a write that was never finished.
    pub(crate) const ABANDONED: u8 = 4;
}

/// The header of a main file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FileHeader {
    pub(crate) uuid: [u8; 16],
    pub(crate) created_micros: i64,
    /// Unknown bits here may be ignored, make a reader-only file, or refuse it, in this order.
    pub(crate) compat: u32,
    pub(crate) ro_compat: u32,
    pub(crate) incompat: u32,
    pub(crate) major: u16,
}

/// Why a file header was not accepted.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum HeaderFault {
    /// The bytes are no header of ours.
    NotALog,
    /// The magic is there, but the checksum is not right.
    Damaged,
}

impl FileHeader {
    pub(crate) fn new(uuid: [u8; 16], created_micros: i64) -> Self {
        Self { uuid, created_micros, compat: 0, ro_compat: 0, incompat: 0, major: MAJOR }
    }

    pub(crate) fn encode(&self) -> [u8; FILE_HEADER] {
        let mut out = [0; FILE_HEADER];
        out[..10].copy_from_slice(&MAGIC);
        out[10..12].copy_from_slice(&(FILE_HEADER as u16).to_le_bytes());
        out[12..14].copy_from_slice(&self.major.to_le_bytes());
        out[14..16].copy_from_slice(&MINOR.to_le_bytes());
        out[16..20].copy_from_slice(&self.compat.to_le_bytes());
        out[20..24].copy_from_slice(&self.ro_compat.to_le_bytes());
        out[24..28].copy_from_slice(&self.incompat.to_le_bytes());
        out[32..48].copy_from_slice(&self.uuid);
        out[48..56].copy_from_slice(&self.created_micros.to_le_bytes());
        let crc = crc32c::crc32c(&out[..60]);
        out[60..].copy_from_slice(&crc.to_le_bytes());
        out
    }

    pub(crate) fn decode(data: &[u8]) -> Result<Self, HeaderFault> {
        if data.len() < FILE_HEADER || data[..10] != MAGIC {
            return Err(HeaderFault::NotALog);
        }
        Self::fields(data).map_err(|_| HeaderFault::Damaged)
    }

    fn fields(data: &[u8]) -> Result<Self> {
        let mut fields = Bytes::new(&data[..FILE_HEADER]);
        fields.take(12)?;
        let major = fields.u16()?;
        fields.u16()?;
        let (compat, ro_compat, incompat) = (fields.u32()?, fields.u32()?, fields.u32()?);
        fields.u32()?;
        let uuid = fields.uuid()?;
        let created_micros = fields.i64()?;
        fields.u32()?;
        if fields.u32()? != crc32c::crc32c(&data[..60]) {
            return Err(Error::corrupt(0, "the file header's checksum is wrong"));
        }
        Ok(Self { uuid, created_micros, compat, ro_compat, incompat, major })
    }
}

/// The header of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FrameHeader {
    pub(crate) kind: u8,
    /// The table of a frame of rows, else 0.
    pub(crate) table: u8,
    /// Bits that a reader must know to make sense of the frame.
    pub(crate) features: u16,
    /// Where the frame stands in its file.
    pub(crate) offset: u64,
    pub(crate) uuid: [u8; 16],
    /// The first row's place in the log; for other frames the place of the next row.
    pub(crate) seq_first: u64,
    /// Bytes behind the header.
    pub(crate) payload_len: u32,
    /// How many of them `head_crc` covers; the rest carries checksums of its own.
    pub(crate) head_len: u32,
    pub(crate) rows: u32,
    pub(crate) attempt: u32,
    /// The tail segment whose content this is, and which of its parts.
    pub(crate) segment: u32,
    pub(crate) part: u16,
    pub(crate) parts: u16,
    pub(crate) label_min: i64,
    pub(crate) label_max: i64,
    pub(crate) head_crc: u32,
}

impl FrameHeader {
    pub(crate) fn encode(&self) -> [u8; FRAME_HEADER] {
        let mut out = [0; FRAME_HEADER];
        out[..4].copy_from_slice(&MARKER);
        out[4] = self.kind;
        out[5] = self.table;
        out[6..8].copy_from_slice(&self.features.to_le_bytes());
        out[8..16].copy_from_slice(&self.offset.to_le_bytes());
        out[16..32].copy_from_slice(&self.uuid);
        out[32..40].copy_from_slice(&self.seq_first.to_le_bytes());
        out[40..44].copy_from_slice(&self.payload_len.to_le_bytes());
        out[44..48].copy_from_slice(&self.head_len.to_le_bytes());
        out[48..52].copy_from_slice(&self.rows.to_le_bytes());
        out[52..56].copy_from_slice(&self.attempt.to_le_bytes());
        out[56..60].copy_from_slice(&self.segment.to_le_bytes());
        out[60..62].copy_from_slice(&self.part.to_le_bytes());
        out[62..64].copy_from_slice(&self.parts.to_le_bytes());
        out[64..72].copy_from_slice(&self.label_min.to_le_bytes());
        out[72..80].copy_from_slice(&self.label_max.to_le_bytes());
        out[80..84].copy_from_slice(&self.head_crc.to_le_bytes());
        let crc = crc32c::crc32c(&out[..84]);
        out[84..].copy_from_slice(&crc.to_le_bytes());
        out
    }

    /// The header at `offset` of a file, if a sound one stands there.
    pub(crate) fn decode(data: &[u8], offset: u64) -> Result<Self> {
        if data.len() < FRAME_HEADER {
            return Err(Error::corrupt(offset, "the frame header is cut off"));
        }
        if data[..4] != MARKER {
            return Err(Error::corrupt(offset, "no frame begins here"));
        }
        let mut fields = Bytes::new(&data[4..FRAME_HEADER]);
        let (kind, table) = (fields.u8()?, fields.u8()?);
        let header = Self {
            kind,
            table,
            features: fields.u16()?,
            offset: fields.u64()?,
            uuid: fields.uuid()?,
            seq_first: fields.u64()?,
            payload_len: fields.u32()?,
            head_len: fields.u32()?,
            rows: fields.u32()?,
            attempt: fields.u32()?,
            segment: fields.u32()?,
            part: fields.u16()?,
            parts: fields.u16()?,
            label_min: fields.i64()?,
            label_max: fields.i64()?,
            head_crc: fields.u32()?,
        };
        if fields.u32()? != crc32c::crc32c(&data[..84]) {
            return Err(Error::corrupt(offset, "the frame header's checksum is wrong"));
        }
        if header.offset != offset {
            return Err(Error::corrupt(offset, "the frame belongs elsewhere"));
        }
        let fits = header.seq_first.checked_add(u64::from(header.rows)).is_some()
            && offset.checked_add(FRAME_HEADER as u64 + u64::from(header.payload_len)).is_some();
        if header.head_len > header.payload_len || header.rows > MAX_ROWS || !fits {
            return Err(Error::corrupt(offset, "the frame header contradicts itself"));
        }
        Ok(header)
    }

    /// Where the next frame begins.
    pub(crate) fn end(&self) -> u64 {
        self.offset + FRAME_HEADER as u64 + u64::from(self.payload_len)
    }

    /// The table, for a frame of rows of a table known here.
    pub(crate) fn rows_table(&self) -> Option<Table> {
        (self.kind == frame_type::ROWS).then(|| Table::from_u8(self.table)).flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame() -> FrameHeader {
        FrameHeader {
            kind: frame_type::ROWS,
            table: 2,
            features: 0,
            offset: 64,
            uuid: [7; 16],
            seq_first: 1 << 40,
            payload_len: 1000,
            head_len: 90,
            rows: 12,
            attempt: 3,
            segment: 9,
            part: 1,
            parts: 2,
            label_min: -5,
            label_max: i64::MAX,
            head_crc: 0xdead_beef,
        }
    }

    #[test]
    fn headers_come_back_and_every_changed_byte_is_found() {
        let file = FileHeader::new([5; 16], -3);
        let bytes = file.encode();
        assert_eq!(FileHeader::decode(&bytes), Ok(file));
        for at in 0..bytes.len() {
            let mut bad = bytes;
            bad[at] ^= 1;
            assert!(FileHeader::decode(&bad).is_err(), "byte {at}");
        }
        let bytes = frame().encode();
        assert_eq!(FrameHeader::decode(&bytes, 64).ok(), Some(frame()));
        for at in 0..bytes.len() {
            let mut bad = bytes;
            bad[at] ^= 0x80;
            assert!(FrameHeader::decode(&bad, 64).is_err(), "byte {at}");
        }
        assert!(FrameHeader::decode(&bytes, 65).is_err(), "a frame that was moved");
    }
}
