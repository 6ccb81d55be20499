//! One table's rows as events, one after the other.

use super::hparams::seconds;
use crate::store::View;
use crate::types::Chunk;
use crate::wire::proto::{push_bytes, push_double, push_float, push_int, push_message};
use crate::wire::tfrecord::push_record;

/// Where a table has been read to.
pub(super) struct Feed<'a> {
    view: &'a View<'a>,
    /// The tag of each column of the schema; `None` for what is no curve.
    tags: Vec<Option<String>>,
    next_chunk: usize,
    chunk: Chunk,
    row: usize,
}

impl<'a> Feed<'a> {
    pub(super) fn new(view: &'a View<'a>, tags: Vec<Option<String>>) -> Self {
        Self { view, tags, next_chunk: 0, chunk: Chunk::default(), row: 0 }
    }

    /// The place in the log of the next row; `None` behind the last.
    #[inline]
    pub(super) fn next_seq(&mut self) -> Option<u64> {
        while self.row == self.chunk.rows() {
            if self.next_chunk == self.view.chunk_count() {
                return None;
            }
            // A chunk that turns out to be damaged has no rows; the reader's report tells so.
            self.chunk = self.view.chunk(self.next_chunk).unwrap_or_default();
            self.next_chunk += 1;
            self.row = 0;
        }
        Some(self.chunk.seq[self.row])
    }

    /// Appends the next row, if it has any scalar.
    #[inline]
    pub(super) fn push_row(&mut self, out: &mut Vec<u8>) {
        let (chunk, row) = (&self.chunk, self.row);
        self.row += 1;
        let mut any = false;
        let start = out.len();
        push_record(out, |out| {
            push_double(out, 1, seconds(chunk.wall_micros[row]));
            push_int(out, 2, chunk.label[row]);
            push_message(out, 5, |out| {
                for column in &chunk.columns {
                    if let (Some(tag), Some(word)) = (&self.tags[column.index], column.get(row)) {
                        push_scalar(out, tag, column.kind.to_f64(word) as f32);
                        any = true;
                    }
                }
            });
        });
        if !any {
            out.truncate(start);
        }
    }
}

/// A `Summary.Value` of one number.
fn push_scalar(out: &mut Vec<u8>, tag: &str, value: f32) {
    push_message(out, 1, |out| {
        push_bytes(out, 1, tag.as_bytes());
        push_float(out, 2, value);
    });
}
