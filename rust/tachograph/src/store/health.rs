//! The health of a run: its rows through the rules, in the order in which they were logged.

use super::View;
use crate::Result;
use crate::health::{Finding, Thresholds, Watch};
use crate::log::{LogReader, Writer};
use crate::types::{Chunk, ChunkColumn, ColumnKey, Kind, Role, Table};

/// What the rules meet in a run. No more of it is held than a block of either table, and of the
/// steps only what is watched.
pub fn health(reader: &LogReader, limits: Thresholds) -> Vec<Finding> {
    let mut watch = Watch::new(limits);
    let steps = View::new(reader, Table::Steps, false);
    let keys: Vec<ColumnKey> = steps.schema().iter().map(|column| column.key.clone()).collect();
    let plan = watch.plan(&keys);
    let wanted: Vec<usize> = plan.places().collect();
    let mut epochs = EpochCursor::new(reader);
    let mut attempt = None;
    let n_chunks = if plan.is_empty() { 0 } else { steps.chunk_count() };
    for index in 0..n_chunks {
        let chunk = steps.chunk_of(index, |column| wanted.contains(&column), false);
        let Some(chunk) = chunk else { continue };
        let columns: Vec<Option<&ChunkColumn>> =
            (0..keys.len()).map(|place| chunk.column(place)).collect();
        for row in 0..chunk.rows() {
            epochs.feed(&mut watch, Some(chunk.seq[row]));
            if attempt.replace(chunk.attempt).is_some_and(|before| before != chunk.attempt) {
                watch.next_attempt();
            }
            watch.step(chunk.label[row], &plan, |place| {
                let column = columns[place]?;
                column.get(row).map(|word| column.kind.to_f64(word))
            });
        }
    }
    epochs.feed(&mut watch, None);
    watch.take()
}

/// A watch for what a writer logs next. The epochs so far have been shown to its rules, and what they
/// met there is not told again.
pub fn watch_of(writer: &Writer, limits: Thresholds) -> Result<Watch> {
    let mut watch = Watch::new(limits);
    if writer.attempt() > 1 || writer.status().epochs > 0 {
        EpochCursor::new(&writer.reader()?).feed(&mut watch, None);
        watch.take();
    }
    Ok(watch)
}

/// The epochs of a run, one after the other.
struct EpochCursor<'a> {
    view: View<'a>,
    /// The chunk after the one at hand.
    next: usize,
    chunk: Option<Chunk>,
    row: usize,
}

impl<'a> EpochCursor<'a> {
    fn new(reader: &'a LogReader) -> Self {
        let view = View::new(reader, Table::Epochs, false);
        let mut cursor = Self { view, next: 0, chunk: None, row: 0 };
        cursor.turn();
        cursor
    }

    /// Goes to the next chunk that has rows.
    fn turn(&mut self) {
        (self.chunk, self.row) = (None, 0);
        while self.chunk.is_none() && self.next < self.view.chunk_count() {
            let chunk = self.view.chunk_of(self.next, |_| true, false);
            self.chunk = chunk.filter(|chunk| chunk.rows() > 0);
            self.next += 1;
        }
    }

    /// Shows the epochs that were logged before the row at `seq`, or all that are left.
    #[inline]
    fn feed(&mut self, watch: &mut Watch, seq: Option<u64>) {
        while let Some(chunk) = &self.chunk {
            if seq.is_some_and(|seq| chunk.seq[self.row] > seq) {
                return;
            }
            let values: Vec<(Role, &str, f64)> = chunk
                .columns
                .iter()
                .filter_map(|column| {
                    let key = &self.view.schema()[column.index].key;
                    let value = Kind::to_f64(column.kind, column.get(self.row)?);
                    Some((key.role, &*key.name, value))
                })
                .collect();
            watch.epoch(chunk.label[self.row], &values);
            self.row += 1;
            if self.row == chunk.rows() {
                self.turn();
            }
        }
    }
}
