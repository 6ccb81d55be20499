//! A table of a run as its user sees it.

use super::amend::{apply, extend_columns};
use crate::log::{Amendments, Column, Columns, LogReader, Own, Part, TableColumns};
use crate::types::{Bitmap, Chunk, ChunkColumn, ColumnKey, ColumnSchema, Kind, Table};
use std::collections::BTreeMap;
use std::ops::{Bound, Deref};
use std::sync::Arc;

/// A reader that a view borrows, or has a share in.
pub enum Log<'a> {
    /// Somebody else's.
    Borrowed(&'a LogReader),
    /// The view's too, so that it may outlive its maker.
    Shared(Arc<LogReader>),
}

impl Deref for Log<'_> {
    type Target = LogReader;

    fn deref(&self) -> &LogReader {
        match self {
            Self::Borrowed(reader) => reader,
            Self::Shared(reader) => reader,
        }
    }
}

impl<'a> From<&'a LogReader> for Log<'a> {
    fn from(reader: &'a LogReader) -> Self {
        Self::Borrowed(reader)
    }
}

impl From<Arc<LogReader>> for Log<'_> {
    fn from(reader: Arc<LogReader>) -> Self {
        Self::Shared(reader)
    }
}

/// A table with its attempts merged: an attempt that starts at a step hides the rows that earlier
/// attempts have from that step on. Amendments are applied.
pub struct View<'a> {
    pub(super) reader: Log<'a>,
    pub(super) table: Table,
    pub(super) parts: Vec<VisiblePart>,
    columns: Arc<TableColumns>,
    pub(super) amendments: Arc<Amendments>,
}

/// A stretch of rows and which of them show.
#[derive(Clone, Copy, Debug)]
pub(super) struct VisiblePart {
    pub(super) part: Part,
    /// Rows from this label on were replaced by a later attempt.
    pub(super) cutoff: Option<i64>,
    /// How many rows show.
    pub(super) rows: usize,
}

impl<'a> View<'a> {
    /// A view of one table; with `everything` no row is hidden.
    pub fn new(log: impl Into<Log<'a>>, table: Table, everything: bool) -> Self {
        let log = log.into();
        let reader: &LogReader = &log;
        let parts: Vec<Part> = reader.parts(table).collect();
        let cutoffs = if everything { BTreeMap::new() } else { cutoffs(reader, table, &parts) };
        let mut visible = Vec::with_capacity(parts.len());
        for part in &parts {
            let cutoff = cutoffs.get(&part.attempt).copied().filter(|&at| at <= part.label_max);
            if cutoff.is_some_and(|at| at <= part.label_min) {
                continue;
            }
            let rows = match cutoff {
                None => part.rows,
                Some(at) => match reader.own_column(part, table, Own::Label) {
                    Some(labels) => labels.iter().filter(|&&label| (label as i64) < at).count(),
                    None => continue,
                },
            };
            visible.push(VisiblePart { part: *part, cutoff, rows });
        }
        // Only epochs are amended.
        let amendments = match table {
            Table::Epochs => Arc::clone(reader.amendments()),
            Table::Steps => Arc::default(),
        };
        let find = || {
            let mut columns = if reader.index().is_some() && cutoffs.is_empty() {
                columns_of(reader)
            } else {
                let mut columns = Columns::default();
                for part in &visible {
                    add_columns(&mut columns, reader, &part.part, table);
                }
                columns
            };
            extend_columns(&amendments, table, &mut columns);
            columns.of_table(table)
        };
        // Where rows are hidden, so may be columns.
        let columns =
            if cutoffs.is_empty() { reader.columns(table, find) } else { Arc::new(find()) };
        Self { reader: log, table, parts: visible, columns, amendments }
    }

    /// All columns in first-seen order.
    pub fn keys(&self) -> &[ColumnKey] {
        &self.columns.keys
    }

    /// The scalar columns in first-seen order.
    pub fn schema(&self) -> &[ColumnSchema] {
        &self.columns.schema
    }

    /// The columns with structured values in first-seen order.
    pub fn extra_keys(&self) -> &[ColumnKey] {
        &self.columns.extra_keys
    }

    /// How many rows show.
    pub fn len(&self) -> usize {
        self.parts.iter().map(|part| part.rows).sum()
    }

    /// Whether no row shows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Of how many chunks the view consists.
    pub fn chunk_count(&self) -> usize {
        self.parts.len()
    }

    /// How many rows the chunk at `index` has.
    pub fn chunk_rows(&self, index: usize) -> usize {
        self.parts.get(index).map_or(0, |part| part.rows)
    }

    /// The position of the last row with this label.
    pub fn last_with_label(&self, label: i64) -> Option<usize> {
        let mut end = self.len();
        for part in self.parts.iter().rev() {
            end -= part.rows;
            if part.part.label_min <= label
                && label <= part.part.label_max
                && let Some(at) = self.labels(part).iter().rposition(|&have| have == label)
            {
                return Some(end + at);
            }
        }
        None
    }

    pub(super) fn labels(&self, part: &VisiblePart) -> Vec<i64> {
        let labels = self.reader.own_column(&part.part, self.table, Own::Label);
        let labels = labels.unwrap_or_default().into_iter().map(|word| word as i64);
        labels.filter(|&label| part.cutoff.is_none_or(|at| label < at)).collect()
    }

    /// The chunks in order; those that turn out to be damaged are left out, and the reader's report
    /// tells so.
    pub fn chunks(&self) -> impl Iterator<Item = Chunk> + '_ {
        (0..self.parts.len()).filter_map(|index| self.chunk(index))
    }

    /// As [`View::chunks`], with no other columns than those at these places of the schema;
    /// structured values are all there.
    pub fn chunks_of(&self, wanted: Vec<usize>) -> impl Iterator<Item = Chunk> + '_ {
        (0..self.parts.len())
            .filter_map(move |index| self.chunk_of(index, |column| wanted.contains(&column), true))
    }

    /// One chunk with all of its columns, each of the kind that the schema gives it.
    pub fn chunk(&self, index: usize) -> Option<Chunk> {
        self.chunk_of(index, |_| true, true)
    }

    /// One chunk with those of its columns that are wanted, and with the structured values if those
    /// are.
    pub(super) fn chunk_of(
        &self,
        index: usize,
        wanted: impl Fn(usize) -> bool,
        structured: bool,
    ) -> Option<Chunk> {
        let visible = self.parts.get(index)?;
        let place = |key: &ColumnKey| self.schema().iter().position(|have| have.key == *key);
        // What amendments change must be there to be changed.
        let everything = !self.amendments.is_empty();
        let decoded = |key: &ColumnKey| everything || place(key).is_some_and(&wanted);
        let (part, structured) = (&visible.part, structured || everything);
        let rows = self.reader.part_rows(part, self.table, decoded, structured)?;
        let mut chunk = Chunk {
            attempt: part.attempt,
            seq: rows.seq,
            label: rows.label,
            wall_micros: rows.wall_micros,
            columns: Vec::with_capacity(rows.columns.len()),
            extras: rows.extras,
        };
        for column in rows.columns.into_iter().filter(|column| !column.words.is_empty()) {
            let Some(index) = place(&column.key) else { continue };
            let Column { kind, words, validity, .. } = as_kind(column, self.schema()[index].kind);
            chunk.columns.push(ChunkColumn { index, kind, words, validity });
        }
        chunk.columns.sort_by_key(|column| column.index);
        if let Some(keep) = visible.mask(&chunk.label) {
            chunk.retain(&keep);
        }
        apply(&self.amendments, &mut chunk, self.schema());
        chunk.columns.retain(|column| wanted(column.index));
        Some(chunk)
    }
}

impl VisiblePart {
    /// Which rows show; `None` means all.
    pub(super) fn mask(&self, labels: &[i64]) -> Option<Bitmap> {
        let cutoff = self.cutoff?;
        let mut mask = Bitmap::default();
        for &label in labels {
            mask.push(label < cutoff);
        }
        Some(mask)
    }
}

pub(super) fn filtered<T>(values: Vec<T>, keep: Option<&Bitmap>) -> Vec<T> {
    match keep {
        None => values,
        Some(keep) => {
            values.into_iter().zip(keep.iter()).filter_map(|(v, bit)| bit.then_some(v)).collect()
        }
    }
}

pub(super) fn as_kind(mut column: Column, kind: Kind) -> Column {
    if kind == Kind::Float {
        column.make_float();
    }
    column
}

/// For each attempt that a later one cuts short: from which label on.
fn cutoffs(reader: &LogReader, table: Table, parts: &[Part]) -> BTreeMap<u32, i64> {
    let mut starts: BTreeMap<u32, i64> = BTreeMap::new();
    for part in parts {
        if parts.first().is_some_and(|first| first.attempt == part.attempt)
            || starts.contains_key(&part.attempt)
        {
            continue;
        }
        let first = part.label_first.or_else(|| {
            let labels = reader.own_column(part, table, Own::Label)?;
            labels.first().map(|&label| label as i64)
        });
        if let Some(first) = first {
            starts.insert(part.attempt, first);
        }
    }
    let mut cutoffs = BTreeMap::new();
    for part in parts {
        let later = starts.range((Bound::Excluded(part.attempt), Bound::Unbounded));
        let later = later.map(|(_, &start)| start).min();
        if let Some(start) = later {
            cutoffs.insert(part.attempt, start);
        }
    }
    cutoffs
}

fn add_columns(columns: &mut Columns, reader: &LogReader, part: &Part, table: Table) {
    for column in reader.part_columns(part, table) {
        columns.add(table, column);
    }
}

/// The columns of all tables, over all attempts.
pub(crate) fn columns_of(reader: &LogReader) -> Columns {
    if let Some(index) = reader.index() {
        return index.columns.clone();
    }
    let mut columns = Columns::default();
    for table in [Table::Epochs, Table::Steps] {
        for part in reader.parts(table) {
            add_columns(&mut columns, reader, &part, table);
        }
    }
    columns
}
