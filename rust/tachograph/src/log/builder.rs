//! Columns made of a segment's rows.

use super::bytes::Bytes;
use super::rows::{Column, Rows, extra_from};
use super::segment::cbor_prefix;
use super::tail::RECORD_HEAD;
use crate::types::{Bitmap, ColumnKey, Kind, Table, Value};
use crate::{Error, Result};
use std::collections::HashMap;

/// So many rows of floats are put into their columns at a time: a column at a time is several times
/// as fast as a row at a time, while the rows fit the first cache.
const BLOCK: usize = 32;

/// What the rows of a layout hold, and the columns where that goes.
#[derive(Clone, Debug)]
pub(crate) struct KnownLayout {
    pub(crate) table: Table,
    pub(crate) keys: Vec<ColumnKey>,
    pub(crate) columns: Vec<usize>,
}

/// Rows being collected: columns are filled up to the last row only when that is needed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Builder {
    pub(crate) rows: Rows,
    index: HashMap<ColumnKey, usize>,
    block: Block,
}

/// Rows of floats that are not yet in their columns.
#[derive(Clone, Debug, Default)]
struct Block {
    columns: Vec<usize>,
    /// Row behind row.
    words: Vec<u64>,
    /// How many rows there may be, with those that follow.
    likely: usize,
}

impl Builder {
    pub(crate) fn column(&mut self, key: &ColumnKey) -> usize {
        if let Some(&at) = self.index.get(key) {
            return at;
        }
        let at = self.rows.columns.len();
        self.rows.columns.push(Column::empty(key.clone()));
        self.index.insert(key.clone(), at);
        at
    }

    fn start(&mut self, seq: u64, label: i64, wall: i64) -> usize {
        self.rows.seq.push(seq);
        self.rows.label.push(label);
        self.rows.wall_micros.push(wall);
        self.rows.label.len() - 1
    }

    /// Takes in a row of floats; `left` is how many bytes of data there are from its record on. Its
    /// values are in their columns after [`Self::settle`].
    pub(crate) fn row(
        &mut self,
        layout: &KnownLayout,
        seq: u64,
        payload: &[u8],
        left: usize,
    ) -> Result<u32> {
        let mut fields = Bytes::new(payload);
        let (label, wall) = (fields.i64()?, fields.i64()?);
        let n = layout.columns.len();
        let words = fields.take(n.saturating_mul(8))?;
        if self.block.columns != layout.columns {
            self.settle();
            self.block.columns.clone_from(&layout.columns);
        }
        if self.block.words.is_empty() {
            self.block.likely = left / ((RECORD_HEAD + 2 + n) * 8);
        }
        self.start(seq, label, wall);
        self.block
            .words
            .extend(words.as_chunks::<8>().0.iter().map(|word| u64::from_le_bytes(*word)));
        if self.block.words.len() == BLOCK * n {
            self.settle();
        }
        Ok(1)
    }

    /// Puts the values of all rows into their columns.
    pub(crate) fn settle(&mut self) {
        let Block { columns, words, likely } = &mut self.block;
        if words.is_empty() {
            return;
        }
        let first = self.rows.label.len() - words.len() / columns.len();
        for (at, &column) in columns.iter().enumerate() {
            let values = words.chunks_exact(columns.len()).map(|row| row[at]);
            self.rows.columns[column].put_floats(first, values, *likely);
        }
        words.clear();
    }

    pub(crate) fn mixed_row(
        &mut self,
        layout: &KnownLayout,
        seq: u64,
        payload: &[u8],
        flags: u8,
    ) -> Result<u32> {
        let n = layout.keys.len();
        let mut fields = Bytes::new(payload);
        let (label, wall) = (fields.i64()?, fields.i64()?);
        let present = Bitmap::from_words(fields.words(n.div_ceil(64))?, n);
        let ints = Bitmap::from_words(fields.words(n.div_ceil(64))?, n);
        let words = fields.words(n)?;
        let extras = if flags & 1 == 1 {
            let Value::List(list) = cbor_prefix(fields.take(fields.remaining())?)? else {
                return Err(Error::corrupt(0, "structured values are no list"));
            };
            list.into_iter().map(|item| extra_from(item, 1)).collect::<Result<Vec<_>>>()?
        } else {
            Vec::new()
        };
        self.settle();
        let row = self.start(seq, label, wall);
        for (at, (&column, word)) in layout.columns.iter().zip(words).enumerate() {
            if present.get(at) {
                let kind = if ints.get(at) { Kind::Int } else { Kind::Float };
                self.rows.columns[column].put(row, kind, word);
            }
        }
        self.rows.extras.extend(extras.into_iter().map(|(_, key, value)| (row, key, value)));
        Ok(1)
    }

    pub(crate) fn bulk(&mut self, layout: &KnownLayout, seq: u64, payload: &[u8]) -> Result<u32> {
        let mut fields = Bytes::new(payload);
        let n = fields.u64()? as usize;
        let wall = fields.i64()?;
        let kinds = fields.words(layout.keys.len())?;
        let labels = fields.words(n)?;
        let mut columns = Vec::with_capacity(kinds.len());
        for kind in kinds {
            let valid = if kind & 2 == 0 {
                None
            } else {
                Some(Bitmap::from_words(fields.words(n.div_ceil(64))?, n))
            };
            let kind = if kind & 1 == 0 { Kind::Float } else { Kind::Int };
            columns.push((kind, valid, fields.words(n)?));
        }
        let count = u32::try_from(n).map_err(|_| Error::corrupt(0, "too many rows"))?;
        self.settle();
        let first = self.rows.label.len();
        self.rows.seq.extend((0..n as u64).map(|at| seq.saturating_add(at)));
        self.rows.label.extend(labels.into_iter().map(|label| label as i64));
        self.rows.wall_micros.resize(first + n, wall);
        for (&at, (kind, valid, words)) in layout.columns.iter().zip(columns) {
            self.rows.columns[at].put_many(first, kind, valid.as_ref(), words);
        }
        Ok(count)
    }

    /// Fills the columns that end early; those that never had a value stay empty.
    pub(crate) fn finish(&mut self) {
        let n = self.rows.label.len();
        for column in &mut self.rows.columns {
            if !column.words.is_empty() {
                column.pad(n);
            }
        }
    }
}

impl Column {
    fn pad(&mut self, rows: usize) {
        let have = self.words.len();
        if have < rows {
            let bits = self.validity.get_or_insert_with(|| Bitmap::filled(have, true));
            bits.extend(rows - have, false);
            self.words.resize(rows, 0);
        }
    }

    fn put(&mut self, row: usize, kind: Kind, word: u64) {
        self.pad(row);
        let word = self.unify(kind, word);
        self.words.push(word);
        if let Some(bits) = &mut self.validity {
            bits.push(true);
        }
    }

    /// Floats in the rows from `first` on; room for `likely` is made where there is not enough.
    fn put_floats(
        &mut self,
        first: usize,
        words: impl ExactSizeIterator<Item = u64>,
        likely: usize,
    ) {
        self.pad(first);
        self.make_float();
        if self.words.capacity() - first < words.len() {
            self.words.reserve(likely);
        }
        if let Some(bits) = &mut self.validity {
            bits.extend(words.len(), true);
        }
        self.words.extend(words);
    }

    fn put_many(&mut self, first: usize, kind: Kind, valid: Option<&Bitmap>, words: Vec<u64>) {
        self.pad(first);
        if valid.is_some() {
            let have = self.words.len();
            self.validity.get_or_insert_with(|| Bitmap::filled(have, true));
        }
        if let Some(bits) = &mut self.validity {
            match valid {
                Some(valid) => valid.iter().for_each(|bit| bits.push(bit)),
                None => bits.extend(words.len(), true),
            }
        }
        if self.kind == Kind::Int && kind == Kind::Float {
            self.make_float();
        }
        if self.kind == kind {
            self.words.extend_from_slice(&words);
        } else {
            for word in words {
                let word = self.unify(kind, word);
                self.words.push(word);
            }
        }
    }

    /// The word in the column's kind. A column begins as integers; its first float turns it, and
    /// the writer saw to it that this is exact.
    fn unify(&mut self, kind: Kind, word: u64) -> u64 {
        match (self.kind, kind) {
            (Kind::Int, Kind::Float) => {
                self.make_float();
                word
            }
            (Kind::Float, Kind::Int) => Kind::Int.to_f64(word).to_bits(),
            _ => word,
        }
    }

    /// Turns integers into the floats that equal them.
    pub(crate) fn make_float(&mut self) {
        if self.kind == Kind::Int {
            self.kind = Kind::Float;
            for word in &mut self.words {
                *word = Kind::Int.to_f64(*word).to_bits();
            }
        }
    }
}
