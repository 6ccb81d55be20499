//! Recording many rows at once.

use super::background;
use super::hot::{BulkColumn, Hot, LAYOUT_COPIES, LayoutId, as_words, bulk_head, bulk_words};
use super::shared::{WAIT_BYTES, lock};
use super::tail::{self, Description, RECORD_HEAD, record_type};
use super::tailfile::{Mechanism, TailFile};
use super::writer::Writer;
use crate::types::Bitmap;
use crate::{Error, Result};
use std::io::IoSlice;
use std::sync::atomic::Ordering;
use std::sync::{Arc, MutexGuard};

/// Rows of one bulk record in a segment of its own.
const BULK_ROWS: usize = 1 << 16;
/// From how many bytes on many rows get a segment of their own.
const OWN_SEGMENT_BYTES: usize = 1 << 20;
/// The most bytes that go into one segment of bulk rows.
const BULK_SEGMENT_BYTES: usize = 128 << 20;

impl Writer {
    /// Records many rows at once. Returns false where some had to be dropped. Waits where the sealer
    /// is behind: a caller who tried again would record the first of them twice.
    pub fn append_bulk(
        &self,
        id: LayoutId,
        labels: &[i64],
        columns: &[BulkColumn<'_>],
    ) -> Result<bool> {
        if labels.is_empty() {
            return Ok(true);
        }
        let mut hot = self.hot()?;
        let values = columns.iter().enumerate().map(|(at, column)| (at, column.kind, column.words));
        hot.admit(id, values)?;
        let bytes = bulk_words(labels.len(), columns) * 8;
        let wall = self.shared.now();
        if bytes >= OWN_SEGMENT_BYTES && self.shared.mechanism != Mechanism::Memory {
            return self.append_own_segments(hot, id, wall, labels, columns);
        }
        // What goes into the open segment must leave it its usual size, also in memory.
        let group = (labels.len() * OWN_SEGMENT_BYTES).div_ceil(bytes).max(1);
        for start in (0..labels.len()).step_by(group) {
            let end = (start + group).min(labels.len());
            let bits = slice_bits(columns, start, end);
            let piece = slice_columns(columns, &bits, start, end);
            let words = RECORD_HEAD + bulk_words(end - start, &piece);
            let rows = (labels.len() - start) as u64;
            let Some(roomy) = self.make_room_patiently(hot, id, words, rows)? else {
                return Ok(false);
            };
            hot = roomy;
            if let Err(error) = hot.put_bulk(id, wall, &labels[start..end], &piece) {
                return self.finish(hot, Err(error), rows);
            }
        }
        self.finish(hot, Ok(()), 0)
    }

    /// Writes rows straight into segments of their own.
    fn append_own_segments<'a>(
        &'a self,
        mut hot: MutexGuard<'a, Hot>,
        id: LayoutId,
        wall: i64,
        labels: &[i64],
        columns: &[BulkColumn<'_>],
    ) -> Result<bool> {
        let shared = &*self.shared;
        let row_bytes = (bulk_words(labels.len(), columns) * 8).div_ceil(labels.len());
        let per_segment = (BULK_SEGMENT_BYTES / row_bytes).max(1);
        let mut start = 0;
        while start < labels.len() {
            if shared.queued_bytes.load(Ordering::Relaxed) > WAIT_BYTES {
                hot = self.wait_locked(hot)?;
            }
            let end = (start + per_segment).min(labels.len());
            // The numbers of segments follow the order of rows, so what was made ready is not used.
            if let Some(spare) = hot.spare.take() {
                spare.remove();
            }
            let number = hot.next_number;
            hot.next_number += 1;
            let tail = shared.attach().and_then(|()| {
                self.own_segment(&hot, id, number, wall, start..end, labels, columns)
            });
            match tail {
                Ok(tail) => {
                    let tail = Arc::new(tail);
                    if let Some(old) = hot.retire() {
                        background::enqueue(shared, old);
                    }
                    lock(&shared.disk).note_new_name();
                    lock(&shared.tails).insert(number, Arc::clone(&tail));
                    background::enqueue(shared, tail);
                    hot.count_bulk(id, wall, &labels[start..end]);
                }
                Err(error) => return self.finish(hot, Err(error), (labels.len() - start) as u64),
            }
            start = end;
        }
        self.finish(hot, Ok(()), 0)
    }

    fn own_segment(
        &self,
        hot: &Hot,
        id: LayoutId,
        number: u32,
        wall: i64,
        range: std::ops::Range<usize>,
        labels: &[i64],
        columns: &[BulkColumn<'_>],
    ) -> Result<TailFile> {
        let seed = tail::seed(&self.shared.uuid, number);
        let (table, keys) = hot.describe(id);
        let mut layout = vec![
            Description { kind: record_type::LAYOUT, flags: 0, layout: 0, row: 0 }.word().to_le(),
        ];
        layout.extend(tail::words_of(&tail::encode_layout(table, keys)));
        let mut at = tail::RECORDS_AT;
        let mut head = hot.header(number, true).encode().to_vec();
        for _ in 0..LAYOUT_COPIES {
            let commit = tail::commit_word(seed, at, &layout).to_le();
            head.extend_from_slice(&commit.to_le_bytes());
            head.extend_from_slice(bytes_of(&layout));
            at += 8 + layout.len() * 8;
        }
        let starts: Vec<usize> = range.clone().step_by(BULK_ROWS).collect();
        let ends = |start: usize| (start + BULK_ROWS).min(range.end);
        let bits: Vec<_> =
            starts.iter().map(|&start| slice_bits(columns, start, ends(start))).collect();
        let mut records = Vec::new();
        for (&start, bits) in starts.iter().zip(&bits) {
            let end = ends(start);
            let piece = slice_columns(columns, bits, start, end);
            let row = (start - range.start) as u32;
            let mut words = vec![
                Description { kind: record_type::BULK, flags: 0, layout: 0, row }.word().to_le(),
            ];
            words.extend(bulk_head(wall, end - start, &piece));
            let mut body: Vec<&[u64]> = vec![as_words(&labels[start..end])];
            for column in &piece {
                body.extend(column.validity.map(Bitmap::words));
                body.push(column.words);
            }
            let n = words.len() + body.iter().map(|part| part.len()).sum::<usize>();
            let commit = commit_parts(seed, at, n, &words, &body);
            words.insert(0, commit.to_le());
            at += 8 + n * 8;
            records.push((words, body));
        }
        let mut pieces = vec![IoSlice::new(&head)];
        for (words, body) in &records {
            pieces.push(IoSlice::new(bytes_of(words)));
            pieces.extend(body.iter().map(|part| IoSlice::new(bytes_of(part))));
        }
        let Some(dir) = &self.shared.dir else {
            return Err(Error::Closed("a run in memory has no files".into()));
        };
        TailFile::create_whole(dir, number, &pieces, &self.shared.guard)
    }
}

fn slice_bits(columns: &[BulkColumn<'_>], start: usize, end: usize) -> Vec<Option<Bitmap>> {
    let piece = |bits: &Bitmap| {
        let mut piece = Bitmap::filled(end - start, false);
        (start..end).filter(|&at| bits.get(at)).for_each(|at| piece.set(at - start, true));
        piece
    };
    columns.iter().map(|column| column.validity.map(piece)).collect()
}

fn slice_columns<'a>(
    columns: &[BulkColumn<'a>],
    bits: &'a [Option<Bitmap>],
    start: usize,
    end: usize,
) -> Vec<BulkColumn<'a>> {
    columns
        .iter()
        .zip(bits)
        .map(|(column, bits)| BulkColumn {
            kind: column.kind,
            words: &column.words[start..end],
            validity: bits.as_ref(),
        })
        .collect()
}

fn bytes_of(words: &[u64]) -> &[u8] {
    // SAFETY: bytes have no alignment and every pattern is valid; the length covers the words.
    unsafe { std::slice::from_raw_parts(words.as_ptr().cast(), size_of_val(words)) }
}

fn commit_parts(seed: u32, offset: usize, n: usize, head: &[u64], body: &[&[u64]]) -> u64 {
    let len = (n * 8) as u64;
    let mut crc = crc32c::crc32c_append(seed, &(offset as u64 | len << 32).to_le_bytes());
    crc = crc32c::crc32c_append(crc, bytes_of(head));
    for part in body {
        crc = crc32c::crc32c_append(crc, bytes_of(part));
    }
    len << 32 | u64::from(crc)
}
