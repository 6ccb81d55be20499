//! A tail segment as bytes: its header and its records, each committed by its first word.

use super::bytes::Bytes;
use super::crc;
use crate::types::{ColumnKey, Role, Table};
use crate::{Error, Result};

/// First bytes of a segment.
pub(crate) const TAIL_MAGIC: [u8; 8] = *b"\x89TCTAIL\n";
/// Bytes of one copy of the header.
const HEADER: usize = 64;
/// Where the records begin, behind two equal copies of the header.
pub(crate) const RECORDS_AT: usize = 2 * HEADER;
/// Words of a record before its payload: the commit word and the description.
pub(crate) const RECORD_HEAD: usize = 2;
/// The longest record, in bytes behind its commit word.
pub(crate) const MAX_RECORD: u64 = u32::MAX as u64 - 7;

/// What a record holds. The numbers stand in files.
pub(crate) mod record_type {
    /// Names for the layout of the rows that follow in this segment.
    pub(crate) const LAYOUT: u8 = 1;
    /// A row whose values are all present and floats.
    pub(crate) const ROW: u8 = 2;
    /// A row with bitmaps of presence and of integers, and perhaps structured values.
    pub(crate) const MIXED_ROW: u8 = 3;
    /// A structured record.
    pub(crate) const RECORD: u8 = 4;
    /// Many rows by column.
    pub(crate) const BULK: u8 = 5;
}

/// The header of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TailHeader {
    pub(crate) segment: u32,
    pub(crate) uuid: [u8; 16],
    /// The place in the log of the segment's first row.
    pub(crate) first_seq: u64,
    pub(crate) attempt: u32,
    pub(crate) created_micros: i64,
    /// Each record was written by a call of its own, so that the file may end within one. Else the
    /// file had its whole length before the first record, and a shorter one was cut off.
    pub(crate) written: bool,
}

impl TailHeader {
    /// Both copies.
    pub(crate) fn encode(&self) -> [u8; RECORDS_AT] {
        let mut out = [0; HEADER];
        out[..8].copy_from_slice(&TAIL_MAGIC);
        out[8..10].copy_from_slice(&super::frame::MAJOR.to_le_bytes());
        out[10..12].copy_from_slice(&super::frame::MINOR.to_le_bytes());
        out[12..16].copy_from_slice(&self.segment.to_le_bytes());
        out[16..32].copy_from_slice(&self.uuid);
        out[32..40].copy_from_slice(&self.first_seq.to_le_bytes());
        out[40..44].copy_from_slice(&self.attempt.to_le_bytes());
        out[44] = u8::from(self.written);
        out[48..56].copy_from_slice(&self.created_micros.to_le_bytes());
        let crc = crc32c::crc32c(&out[..60]);
        out[60..].copy_from_slice(&crc.to_le_bytes());
        let mut both = [0; RECORDS_AT];
        both[..HEADER].copy_from_slice(&out);
        both[HEADER..].copy_from_slice(&out);
        both
    }

    /// From whichever copy is sound, with the version of the format that wrote it.
    pub(crate) fn decode(data: &[u8]) -> Option<(Self, u16)> {
        data.as_chunks::<HEADER>().0.iter().take(2).find_map(|copy| Self::decode_copy(copy).ok())
    }

    fn decode_copy(data: &[u8; HEADER]) -> Result<(Self, u16)> {
        let mut fields = Bytes::new(data);
        if fields.take(8)? != TAIL_MAGIC {
            return Err(Error::corrupt(0, "no segment begins here"));
        }
        let major = fields.u16()?;
        fields.u16()?;
        let segment = fields.u32()?;
        let uuid = fields.uuid()?;
        let first_seq = fields.u64()?;
        let attempt = fields.u32()?;
        let written = fields.u32()? & 1 == 1;
        let created_micros = fields.i64()?;
        fields.u32()?;
        if fields.u32()? != crc32c::crc32c(&data[..60]) {
            return Err(Error::corrupt(0, "the segment header's checksum is wrong"));
        }
        Ok((Self { segment, uuid, first_seq, attempt, created_micros, written }, major))
    }
}

/// What every checksum of a segment begins with, so that no other segment's record is taken.
pub(crate) fn seed(uuid: &[u8; 16], segment: u32) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(uuid), &segment.to_le_bytes())
}

/// The second word of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Description {
    pub(crate) kind: u8,
    pub(crate) flags: u8,
    /// Which layout of this segment the values have.
    pub(crate) layout: u16,
    /// How many rows stand before this record in the segment.
    pub(crate) row: u32,
}

impl Description {
    #[inline]
    pub(crate) fn word(self) -> u64 {
        u64::from(self.kind)
            | u64::from(self.flags) << 8
            | u64::from(self.layout) << 16
            | u64::from(self.row) << 32
    }

    pub(crate) fn from_word(word: u64) -> Self {
        Self {
            kind: word as u8,
            flags: (word >> 8) as u8,
            layout: (word >> 16) as u16,
            row: (word >> 32) as u32,
        }
    }
}

/// The commit word of the record whose words behind it are `body`, at byte `offset`.
#[inline]
pub(crate) fn commit_word(seed: u32, offset: usize, body: &[u64]) -> u64 {
    let len = (body.len() * 8) as u64;
    let start = crc::append_words(seed, &[(offset as u64 | len << 32).to_le()]);
    len << 32 | u64::from(crc::append_words(start, body))
}

/// Whether a committed, whole record stands at the start of `data`, which begins at `offset` of its
/// segment: its length in bytes with the commit word.
pub(crate) fn check_record(seed: u32, offset: usize, data: &[u8]) -> Result<usize, RecordFault> {
    let Some((head, rest)) = data.split_at_checked(8) else { return Err(RecordFault::End) };
    let mut word = [0; 8];
    word.copy_from_slice(head);
    let word = u64::from_le_bytes(word);
    if word == 0 {
        return Err(RecordFault::End);
    }
    let len = (word >> 32) as usize;
    if len < 8 || !len.is_multiple_of(8) {
        return Err(RecordFault::Damaged);
    }
    let Some(body) = rest.get(..len) else { return Err(RecordFault::CutOff) };
    let prefix = (offset as u64 | (len as u64) << 32).to_le_bytes();
    let crc = crc32c::crc32c_append(crc32c::crc32c_append(seed, &prefix), body);
    if crc == word as u32 { Ok(8 + len) } else { Err(RecordFault::Damaged) }
}

/// Why no record was found at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RecordFault {
    /// The commit word is zero, or the data ends.
    End,
    /// The data ends within the record.
    CutOff,
    /// Length or checksum do not hold.
    Damaged,
}

/// The payload of a layout record.
pub(crate) fn encode_layout(table: Table, keys: &[ColumnKey]) -> Vec<u8> {
    let mut out = vec![table as u8, 0, 0, 0];
    out.extend_from_slice(&(keys.len() as u32).to_le_bytes());
    for key in keys {
        out.extend_from_slice(&(key.name.len() as u32).to_le_bytes());
        out.push(key.role as u8);
        out.extend_from_slice(key.name.as_bytes());
    }
    out
}

/// The reverse of [`encode_layout`]; zeros may follow. `None` for a table or a role of a later
/// version, whose rows are not for this reader.
pub(crate) fn decode_layout(payload: &[u8]) -> Result<Option<(Table, Vec<ColumnKey>)>> {
    let mut fields = Bytes::new(payload);
    let Some(table) = Table::from_u8(fields.u8()?) else { return Ok(None) };
    fields.take(3)?;
    let n = fields.u32()? as usize;
    if n > payload.len() / 5 {
        return Err(Error::corrupt(4, "more columns are announced than fit"));
    }
    let mut keys = Vec::with_capacity(n);
    for _ in 0..n {
        let len = fields.u32()? as usize;
        let Some(role) = Role::from_u8(fields.u8()?) else { return Ok(None) };
        keys.push(ColumnKey::new(role, fields.text(len)?));
    }
    if !all_differ(keys.iter()) {
        return Err(Error::corrupt(8, "a layout names a column twice"));
    }
    Ok(Some((table, keys)))
}

/// Whether no two are equal.
pub(crate) fn all_differ<T: Eq + std::hash::Hash>(items: impl Iterator<Item = T>) -> bool {
    let mut seen = std::collections::HashSet::new();
    items.into_iter().all(|item| seen.insert(item))
}

/// Bytes as whole little-endian words, zeros at the end.
pub(crate) fn words_of(bytes: &[u8]) -> Vec<u64> {
    let (chunks, rest) = bytes.as_chunks::<8>();
    let mut words: Vec<u64> = chunks.iter().map(|chunk| u64::from_ne_bytes(*chunk)).collect();
    if !rest.is_empty() {
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        words.push(u64::from_ne_bytes(last));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_survives_the_loss_of_one_copy() {
        let header = TailHeader {
            segment: 3,
            uuid: [1; 16],
            first_seq: 99,
            attempt: 2,
            created_micros: 12,
            written: true,
        };
        let bytes = header.encode();
        assert_eq!(TailHeader::decode(&bytes), Some((header, 1)));
        let mut bad = bytes;
        bad[..HEADER].fill(0xff);
        assert_eq!(TailHeader::decode(&bad), Some((header, 1)));
        bad[HEADER] ^= 1;
        assert_eq!(TailHeader::decode(&bad), None);
    }

    #[test]
    fn a_record_is_only_taken_whole_unchanged_and_in_its_place() {
        let seed = seed(&[9; 16], 4);
        let body = [Description { kind: 2, flags: 0, layout: 1, row: 5 }.word(), 11, 22];
        let mut data = commit_word(seed, 128, &body).to_le_bytes().to_vec();
        data.extend(body.iter().flat_map(|word| word.to_le_bytes()));
        assert_eq!(check_record(seed, 128, &data), Ok(32));
        assert_eq!(check_record(seed, 136, &data), Err(RecordFault::Damaged));
        assert_eq!(check_record(seed ^ 1, 128, &data), Err(RecordFault::Damaged));
        assert_eq!(check_record(seed, 128, &data[..31]), Err(RecordFault::CutOff));
        assert_eq!(check_record(seed, 128, &[0; 32]), Err(RecordFault::End));
        for at in 0..data.len() {
            let mut bad = data.clone();
            bad[at] ^= 4;
            assert!(check_record(seed, 128, &bad).is_err(), "byte {at}");
        }
    }

    #[test]
    fn layouts_come_back() {
        let keys = vec![ColumnKey::new(Role::Metric, "a"), ColumnKey::new(Role::Val, "é\0")];
        let mut bytes = encode_layout(Table::Epochs, &keys);
        bytes.extend_from_slice(&[0; 7]);
        assert_eq!(decode_layout(&bytes).ok().flatten(), Some((Table::Epochs, keys)));
    }
}
