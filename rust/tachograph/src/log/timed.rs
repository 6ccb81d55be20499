//! Rows that bring their own time: those that another recorder has recorded.

use super::hot::{BulkColumn, Hot, LayoutId, MixedRow, Room, mixed_words};
use super::tail::RECORD_HEAD;
use super::writer::Writer;
use crate::types::Kind;
use crate::{Error, Result};
use std::sync::MutexGuard;

/// For how many rows the writer's lock is held at a time.
const ROWS_AT_ONCE: usize = 4096;

impl Writer {
    /// Records a row whose values are all floats, given as bits, with its own wall time. Returns
    /// false where it had to be dropped.
    pub fn append_floats_at(
        &self,
        id: LayoutId,
        label: i64,
        wall_micros: i64,
        values: &[u64],
    ) -> Result<bool> {
        let mut hot = self.hot()?;
        hot.admit_floats(id)?;
        let words = RECORD_HEAD + 2 + values.len();
        if hot.room(id, words) == Room::Full && !self.shared.make_room(&mut hot, id, words)? {
            self.shared.dropped(&mut hot, 1)?;
            return Ok(false);
        }
        let kept = hot.put_row(id, label, wall_micros, values);
        self.finish(hot, kept, 1)
    }

    /// Records many rows at once, each with its own wall time. Returns false where some had to be
    /// dropped. Waits where the sealer is behind.
    ///
    /// Rows of one time share a record in the log and these do not, so that they take 16 bytes a row
    /// more until they are sealed.
    pub fn append_bulk_at(
        &self,
        id: LayoutId,
        labels: &[i64],
        wall_micros: &[i64],
        columns: &[BulkColumn<'_>],
    ) -> Result<bool> {
        if wall_micros.len() != labels.len() {
            let (have, want) = (wall_micros.len(), labels.len());
            return Err(Error::invalid("wall_micros", format!("{have} times for {want} rows")));
        }
        if labels.is_empty() {
            return Ok(true);
        }
        let values = columns.iter().enumerate().map(|(at, column)| (at, column.kind, column.words));
        self.hot()?.admit(id, values)?;
        let mut cells = Cells::new(columns);
        for start in (0..labels.len()).step_by(ROWS_AT_ONCE) {
            let mut hot = self.hot()?;
            for at in start..(start + ROWS_AT_ONCE).min(labels.len()) {
                let row = cells.row(columns, at);
                let words = RECORD_HEAD + mixed_words(&row, &[]);
                let left = (labels.len() - at) as u64;
                let Some(roomy) = self.make_room_patiently(hot, id, words, left)? else {
                    return Ok(false);
                };
                hot = roomy;
                if let Err(error) = hot.put_mixed(id, labels[at], wall_micros[at], &row, &[]) {
                    return self.finish(hot, Err(error), left);
                }
            }
            self.finish(hot, Ok(()), 0)?;
        }
        Ok(true)
    }

    /// Makes room for a record of `words` words, waiting where the sealer is behind; `None` where
    /// there is none and `rows` rows were dropped.
    pub(super) fn make_room_patiently<'a>(
        &'a self,
        mut hot: MutexGuard<'a, Hot>,
        id: LayoutId,
        words: usize,
        rows: u64,
    ) -> Result<Option<MutexGuard<'a, Hot>>> {
        while hot.room(id, words) == Room::Full {
            match self.shared.make_room(&mut hot, id, words) {
                Err(Error::Behind { .. }) => hot = self.wait_locked(hot)?,
                Err(error) => return Err(error),
                Ok(true) => break,
                Ok(false) => {
                    self.shared.dropped(&mut hot, rows)?;
                    return Ok(None);
                }
            }
        }
        Ok(Some(hot))
    }
}

/// The values of one row after the other.
struct Cells {
    words: Vec<u64>,
    present: Vec<u64>,
    ints: Vec<u64>,
}

impl Cells {
    fn new(columns: &[BulkColumn<'_>]) -> Self {
        let bitmap = columns.len().div_ceil(64);
        let mut ints = vec![0; bitmap];
        for (at, column) in columns.iter().enumerate() {
            ints[at / 64] |= u64::from(column.kind == Kind::Int) << (at % 64);
        }
        Self { words: vec![0; columns.len()], present: vec![0; bitmap], ints }
    }

    fn row(&mut self, columns: &[BulkColumn<'_>], row: usize) -> MixedRow<'_> {
        self.present.fill(0);
        for (at, column) in columns.iter().enumerate() {
            let is_there = column.validity.is_none_or(|bits| bits.get(row));
            self.present[at / 64] |= u64::from(is_there) << (at % 64);
            self.words[at] = column.words[row];
        }
        MixedRow { words: &self.words, present: &self.present, ints: &self.ints, extras: &[] }
    }
}
