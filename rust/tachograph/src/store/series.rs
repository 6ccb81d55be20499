//! One column of a view, over all of its rows.

use super::view::{View, VisiblePart, as_kind, filtered};
use crate::log::Own;
use crate::types::{ColumnKey, Kind, Table, Value};

/// The values of a column where it has any, in log order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Series {
    /// The step or epoch of each value.
    pub labels: Vec<i64>,
    /// The values, as bits.
    pub words: Vec<u64>,
    /// Whether the words are integers rather than floats.
    pub is_int: bool,
    /// The position of each value's row in the view.
    pub rows: Vec<i64>,
}

/// What every row of a view says beside its columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowIndex {
    /// The step or epoch.
    pub labels: Vec<i64>,
    /// Microseconds since 1970-01-01 UTC.
    pub wall_micros: Vec<i64>,
    /// The attempt, from 1.
    pub attempts: Vec<i64>,
    /// The place in the log.
    pub seq: Vec<i64>,
}

impl View<'_> {
    /// A column; empty where there is none of this name.
    pub fn series(&self, key: &ColumnKey) -> Series {
        self.read(key, false)
    }

    /// A column with the position of each value's row.
    pub fn series_with_rows(&self, key: &ColumnKey) -> Series {
        self.read(key, true)
    }

    fn read(&self, key: &ColumnKey, with_rows: bool) -> Series {
        let Some(column) = self.schema().iter().find(|column| column.key == *key) else {
            return Series::default();
        };
        let kind = column.kind;
        let one = |part: &VisiblePart| self.part_series(part, key, kind, with_rows);
        let pieces = side_by_side(&self.parts, one);
        let n = pieces.iter().map(|piece| piece.words.len()).sum();
        let mut series = Series { is_int: kind == Kind::Int, ..Series::default() };
        series.labels.reserve_exact(n);
        series.words.reserve_exact(n);
        let mut first = 0;
        for (piece, part) in pieces.into_iter().zip(&self.parts) {
            series.labels.extend_from_slice(&piece.labels);
            series.words.extend_from_slice(&piece.words);
            series.rows.extend(piece.rows.iter().map(|row| row + first));
            first += part.rows as i64;
        }
        series
    }

    fn part_series(
        &self,
        visible: &VisiblePart,
        key: &ColumnKey,
        kind: Kind,
        with_rows: bool,
    ) -> Series {
        if !self.amendments.is_empty() {
            return self.amended_series(visible, key, with_rows);
        }
        let (part, table) = (&visible.part, self.table);
        let Some(column) = self.reader.part_column(part, table, key) else {
            return Series::default();
        };
        let Some(labels) = self.reader.own_column(part, table, Own::Label) else {
            return Series::default();
        };
        let labels: Vec<i64> = labels.into_iter().map(|word| word as i64).collect();
        let column = as_kind(column, kind);
        if visible.cutoff.is_none() && column.validity.is_none() {
            let rows = if with_rows { (0..labels.len() as i64).collect() } else { Vec::new() };
            return Series { labels, words: column.words, is_int: false, rows };
        }
        let keep = visible.mask(&labels);
        let mut series = Series::default();
        let mut row = 0;
        for (at, (&label, &word)) in labels.iter().zip(&column.words).enumerate() {
            if keep.as_ref().is_some_and(|keep| !keep.get(at)) {
                continue;
            }
            if column.validity.as_ref().is_none_or(|bits| bits.get(at)) {
                series.labels.push(label);
                series.words.push(word);
                if with_rows {
                    series.rows.push(row);
                }
            }
            row += 1;
        }
        series
    }

    /// The careful way, for the few columns that were amended.
    fn amended_series(&self, visible: &VisiblePart, key: &ColumnKey, with_rows: bool) -> Series {
        let at = self.parts.iter().position(|part| std::ptr::eq(part, visible));
        let place = self.schema().iter().position(|column| column.key == *key);
        let (Some(chunk), Some(place)) = (at.and_then(|at| self.chunk(at)), place) else {
            return Series::default();
        };
        let mut series = Series::default();
        let Some(column) = chunk.column(place) else { return series };
        for row in 0..chunk.rows() {
            if let Some(word) = column.get(row) {
                series.labels.push(chunk.label[row]);
                series.words.push(word);
                if with_rows {
                    series.rows.push(row as i64);
                }
            }
        }
        series
    }

    /// What every row says beside its columns.
    pub fn row_index(&self) -> RowIndex {
        let mut index = RowIndex::default();
        for visible in &self.parts {
            let own = |own| self.reader.own_column(&visible.part, self.table, own);
            let (Some(label), Some(mut wall), Some(seq)) =
                (own(Own::Label), own(Own::Wall), own(Own::Seq))
            else {
                continue;
            };
            if self.table == Table::Epochs {
                self.amendments.apply_times(&seq, &mut wall);
            }
            let label: Vec<i64> = label.into_iter().map(|word| word as i64).collect();
            let keep = visible.mask(&label);
            let signed = |words: Vec<u64>| -> Vec<i64> {
                filtered(words, keep.as_ref()).into_iter().map(|word| word as i64).collect()
            };
            index.wall_micros.extend(signed(wall));
            index.seq.extend(signed(seq));
            index.labels.extend(filtered(label, keep.as_ref()));
            index.attempts.resize(index.labels.len(), i64::from(visible.part.attempt));
        }
        index
    }

    /// The structured values of a column: (position of the row, value).
    pub fn structured(&self, key: &ColumnKey) -> Vec<(i64, Value)> {
        let mut values = Vec::new();
        let mut first = 0;
        for (index, part) in self.parts.iter().enumerate() {
            if let Some(chunk) = self.chunk(index) {
                let own = chunk.extras.into_iter().filter(|(_, have, _)| have == key);
                values.extend(own.map(|(row, _, value)| (first + row as i64, value)));
            }
            first += part.rows as i64;
        }
        values
    }
}

/// Does `work` for each part, in order. Starting threads takes longer than a few blocks do; and they
/// end with the call, because a pool would be gone in a forked child, which would wait for it.
fn side_by_side<T: Send>(parts: &[VisiblePart], work: impl Fn(&VisiblePart) -> T + Sync) -> Vec<T> {
    const BLOCKS_EACH: usize = 4;
    let cores = std::thread::available_parallelism().map_or(1, usize::from).min(8);
    let threads = cores.min(parts.len() / BLOCKS_EACH).max(1);
    let group = parts.len().div_ceil(threads).max(1);
    let mut groups = parts.chunks(group);
    let first = groups.next().unwrap_or(&[]);
    std::thread::scope(|scope| {
        let work = &work;
        let others: Vec<_> = groups
            .map(|group| scope.spawn(move || group.iter().map(work).collect::<Vec<T>>()))
            .collect();
        let mut all: Vec<T> = first.iter().map(work).collect();
        for other in others {
            match other.join() {
                Ok(part) => all.extend(part),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        all
    })
}
