//! Turning the content of a tail segment into frames.

use super::codec::{self, Effort};
use super::frame::{FrameHeader, frame_type};
use super::record::Record;
use super::rows::{self, Column, Rows};
use super::scan::MAX_HEAD;
use super::segment::Segment;
use super::tail::TailHeader;
use crate::types::{Table, Value, cbor};
use crate::{Error, Result};
use std::borrow::Cow;

/// The most rows that a block gets: enough to compress well, few enough to read a stretch cheaply.
pub(crate) const BLOCK_ROWS: usize = 1 << 16;
/// The most bytes that the plain values of a block have, so that wide tables get shorter blocks.
const BLOCK_BYTES: usize = 64 << 20;

/// A frame that only lacks its place.
pub(crate) struct Sealed {
    pub(crate) header: FrameHeader,
    pub(crate) head: Vec<u8>,
    pub(crate) chunks: Vec<u8>,
}

/// All frames of a segment. Sealing the same segment again gives the same parts.
pub(crate) fn seal(segment: &Segment, effort: Effort) -> Result<Vec<Sealed>> {
    let mut frames = Vec::new();
    if !segment.records.is_empty() {
        let head = encode_records(&segment.records)?;
        frames.push(frame(&segment.header, frame_type::RECORDS, 0, None, head, Vec::new()));
    }
    for table in [Table::Epochs, Table::Steps] {
        let rows = segment.rows(table);
        let width = rows.columns.len() + 3;
        let block = BLOCK_ROWS.min(BLOCK_BYTES / (8 * width)).max(256);
        let n = rows.label.len();
        // Extras may be large: a block of rows that carry some is kept short.
        let block = if rows.extras.is_empty() { block } else { block.min(4096) };
        let is_one = n <= block;
        for start in (0..n).step_by(block) {
            let piece = if is_one {
                Cow::Borrowed(rows)
            } else {
                Cow::Owned(slice(rows, start, (start + block).min(n)))
            };
            let (head, chunks) = rows::encode(&piece, effort)?;
            let kind = frame_type::ROWS;
            frames.push(frame(&segment.header, kind, table as u8, Some(&piece), head, chunks));
        }
    }
    number_parts(&mut frames)?;
    Ok(frames)
}

/// Tells each frame which of its segment's parts it is.
fn number_parts(frames: &mut [Sealed]) -> Result<()> {
    let parts = u16::try_from(frames.len())
        .map_err(|_| Error::invalid("rows", "a segment of over 65535 blocks"))?;
    for (part, frame) in frames.iter_mut().enumerate() {
        frame.header.part = part as u16;
        frame.header.parts = parts;
    }
    Ok(())
}

/// One block of rows as the whole of a segment.
pub(crate) fn seal_rows(header: &TailHeader, table: Table, rows: &Rows) -> Result<Vec<Sealed>> {
    let (head, chunks) = rows::encode(rows, Effort::Small)?;
    let mut frames = vec![frame(header, frame_type::ROWS, table as u8, Some(rows), head, chunks)];
    number_parts(&mut frames)?;
    Ok(frames)
}

/// Structured records as the whole of a segment.
pub(crate) fn seal_records(header: &TailHeader, records: &[(u64, Record)]) -> Result<Vec<Sealed>> {
    let head = encode_records(records)?;
    let mut frames = vec![frame(header, frame_type::RECORDS, 0, None, head, Vec::new())];
    number_parts(&mut frames)?;
    Ok(frames)
}

fn frame(
    segment: &TailHeader,
    kind: u8,
    table: u8,
    rows: Option<&Rows>,
    head: Vec<u8>,
    chunks: Vec<u8>,
) -> Sealed {
    let labels = rows.map(|rows| &rows.label[..]).unwrap_or_default();
    let header = FrameHeader {
        kind,
        table,
        features: 0,
        offset: 0,
        uuid: segment.uuid,
        seq_first: rows.and_then(|rows| rows.seq.first().copied()).unwrap_or(segment.first_seq),
        payload_len: (head.len() + chunks.len()) as u32,
        head_len: head.len() as u32,
        rows: labels.len() as u32,
        attempt: segment.attempt,
        segment: segment.segment,
        part: 0,
        parts: 0,
        label_min: labels.iter().copied().min().unwrap_or(0),
        label_max: labels.iter().copied().max().unwrap_or(0),
        head_crc: crc32c::crc32c(&head),
    };
    Sealed { header, head, chunks }
}

/// The rows `start..end` as rows of their own.
pub(crate) fn slice(rows: &Rows, start: usize, end: usize) -> Rows {
    let columns = rows.columns.iter().map(|column| {
        if column.words.is_empty() {
            return Column::empty(column.key.clone());
        }
        Column {
            key: column.key.clone(),
            kind: column.kind,
            words: column.words[start..end].to_vec(),
            validity: column.validity.as_ref().map(|bits| {
                let mut piece = crate::types::Bitmap::filled(end - start, false);
                (start..end).filter(|&at| bits.get(at)).for_each(|at| piece.set(at - start, true));
                piece
            }),
        }
    });
    let extras = rows.extras.iter().filter(|(row, ..)| (start..end).contains(row));
    Rows {
        seq: rows.seq[start..end].to_vec(),
        label: rows.label[start..end].to_vec(),
        wall_micros: rows.wall_micros[start..end].to_vec(),
        columns: columns.collect(),
        extras: extras.map(|(row, key, value)| (row - start, key.clone(), value.clone())).collect(),
    }
}

/// Structured records as the head of a frame.
pub(crate) fn encode_records(records: &[(u64, Record)]) -> Result<Vec<u8>> {
    let list = records
        .iter()
        .map(|(seq, record)| Value::List(vec![Value::Int(*seq as i64), record.to_value()]));
    let mut raw = Vec::new();
    cbor::encode(&Value::List(list.collect()), &mut raw)?;
    let mut head = Vec::new();
    codec::encode_bytes(&raw, Effort::Small, &mut head);
    Ok(head)
}

/// The reverse of [`encode_records`].
pub(crate) fn decode_records(head: &[u8]) -> Result<Vec<(u64, Record)>> {
    let raw = codec::decode_bytes(head, MAX_HEAD as usize)?;
    let bad = || Error::corrupt(0, "structured records have an unknown form");
    let Value::List(list) = cbor::decode(&raw)? else { return Err(bad()) };
    list.into_iter()
        .map(|item| {
            let Value::List(parts) = item else { return Err(bad()) };
            let Ok([Value::Int(seq), record]) = <[Value; 2]>::try_from(parts) else {
                return Err(bad());
            };
            Ok((seq as u64, Record::from_value(record)?))
        })
        .collect()
}
