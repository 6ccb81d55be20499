//! A table as data frames and files show it.

use super::epochs::Epochs;
use super::merge::{Merge, plan};
use super::view::View;
use crate::types::{Bitmap, Chunk, ColumnKey, ColumnSchema, Role, Table};
use std::sync::OnceLock;

/// The field by which attempts are asked for.
pub const ATTEMPT: &str = "attempt";

/// The field by which the epochs of steps are asked for.
pub const EPOCH: &str = "epoch";

/// What is wanted of a table.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// The columns, in the order in which they are wanted; `None` for all. [`ATTEMPT`] among those
    /// of epochs stands for a leading column, which steps always have; so does [`EPOCH`] among
    /// those of steps.
    pub columns: Option<Vec<ColumnKey>>,
    /// Rows with this label or a greater one; `None` for no bound.
    pub start: Option<i64>,
    /// Rows with a smaller label; `None` for no bound.
    pub stop: Option<i64>,
    /// Whether rows of one step stay apart.
    pub raw: bool,
}

/// A view with the rows of one step merged, or what is wanted of it. Which rows are merged does not
/// depend on the columns that are wanted.
///
/// Parts without a label in the range are not decoded. Where labels repeat, it holds one bit a row.
pub struct Frame<'a> {
    view: View<'a>,
    choice: Choice,
    /// The places in the view of the parts that may have rows in the range.
    parts: Vec<usize>,
    merges: OnceLock<Vec<Merge>>,
}

/// How far a frame has been read.
#[derive(Debug, Default)]
pub(crate) struct Cursor {
    next: usize,
    /// The last row so far, with which the next part goes on.
    carry: Option<Chunk>,
}

impl<'a> Frame<'a> {
    /// What is wanted of a view.
    pub fn new(view: View<'a>, choice: Choice) -> Self {
        let may_have = |at: &usize| {
            let visible = &view.parts[*at];
            let most = visible.cutoff.map_or(visible.part.label_max, |cutoff| {
                visible.part.label_max.min(cutoff.saturating_sub(1))
            });
            choice.start.is_none_or(|start| start <= most)
                && choice.stop.is_none_or(|stop| visible.part.label_min < stop)
        };
        let parts = (0..view.parts.len()).filter(may_have).collect();
        Self { view, choice, parts, merges: OnceLock::new() }
    }

    /// All of a view.
    pub fn all(view: View<'a>) -> Self {
        Self::new(view, Choice::default())
    }

    /// All columns of the table in first-seen order, wanted or not.
    pub fn keys(&self) -> &[ColumnKey] {
        self.view.keys()
    }

    /// The scalar columns of the whole table, wanted or not.
    pub fn schema(&self) -> &[ColumnSchema] {
        self.view.schema()
    }

    /// The columns of the whole table with structured values.
    pub fn extra_keys(&self) -> &[ColumnKey] {
        self.view.extra_keys()
    }

    /// The table.
    pub fn table(&self) -> Table {
        self.view.table
    }

    /// The columns that are wanted, in order; `None` for all.
    pub fn columns(&self) -> Option<&[ColumnKey]> {
        self.choice.columns.as_deref()
    }

    /// Whether the attempt is wanted as a leading column.
    pub fn has_attempts(&self) -> bool {
        self.table() == Table::Steps || self.has_field(ATTEMPT)
    }

    /// Whether the epoch of each step is wanted as a leading column.
    pub fn has_epochs(&self) -> bool {
        self.table() == Table::Steps && self.has_field(EPOCH)
    }

    fn has_field(&self, name: &str) -> bool {
        let is_it = |key: &ColumnKey| key.role == Role::Field && *key.name == *name;
        self.columns().is_some_and(|keys| keys.iter().any(is_it))
    }

    /// The epochs that the steps are in.
    pub(crate) fn epochs(&self) -> Epochs {
        Epochs::of(&self.view.reader)
    }

    fn merges(&self) -> &[Merge] {
        self.merges.get_or_init(|| {
            if self.choice.raw {
                vec![Merge::Apart; self.parts.len()]
            } else {
                plan(&self.view, &self.parts)
            }
        })
    }

    /// How many rows.
    pub fn len(&self) -> usize {
        let counts = self.parts.iter().zip(self.merges()).map(|(&part, merge)| {
            let visible = &self.view.parts[part];
            let within = self.contains(visible.part.label_min, visible.part.label_max);
            match merge {
                Merge::Gone => 0,
                Merge::Apart if within => visible.rows,
                Merge::Begins(begins) if within => begins.count(),
                _ => {
                    let labels = self.view.labels(visible);
                    let begins = |row| !matches!(merge, Merge::Begins(bits) if !bits.get(row));
                    let rows = labels.iter().enumerate();
                    rows.filter(|&(row, &label)| begins(row) && self.contains(label, label)).count()
                }
            }
        });
        counts.sum()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// At most how many rows there are, without looking at any.
    pub(crate) fn most_rows(&self) -> usize {
        self.parts.iter().map(|&part| self.view.parts[part].rows).sum()
    }

    /// The position among the raw rows at which each row begins, and behind them the number of raw
    /// rows; `None` where each raw row is a row. Of a frame without a range.
    pub fn bounds(&self) -> Option<Vec<i64>> {
        if !self.merges().iter().any(|merge| matches!(merge, Merge::Begins(_))) {
            return None;
        }
        let mut bounds = Vec::new();
        let mut first = 0;
        for (&part, merge) in self.parts.iter().zip(self.merges()) {
            let n = self.view.parts[part].rows;
            match merge {
                Merge::Gone => continue,
                Merge::Apart => bounds.extend((first..first + n).map(|row| row as i64)),
                Merge::Begins(begins) => {
                    let rows = begins.iter().enumerate().filter(|(_, bit)| *bit);
                    bounds.extend(rows.map(|(row, _)| (first + row) as i64));
                }
            }
            first += n;
        }
        bounds.push(first as i64);
        Some(bounds)
    }

    /// The chunks in order, with the columns that are wanted; `index` is a column's place in
    /// [`Frame::schema`]. Chunks that turn out to be damaged are left out, and the reader's report
    /// tells so.
    pub fn chunks(&self) -> Chunks<'_, 'a> {
        Chunks { frame: self, wanted: self.wanted(), cursor: Cursor::default() }
    }

    /// The same with no other scalar columns than those at these places of the schema.
    pub fn chunks_of(&self, columns: &[usize]) -> Chunks<'_, 'a> {
        let mut wanted = Wanted { columns: vec![false; self.schema().len()], structured: true };
        for &column in columns {
            if let Some(bit) = wanted.columns.get_mut(column) {
                *bit = true;
            }
        }
        Chunks { frame: self, wanted, cursor: Cursor::default() }
    }

    /// Which columns are read.
    pub(crate) fn wanted(&self) -> Wanted {
        let is_wanted =
            |key: &ColumnKey| self.columns().is_none_or(|columns| columns.contains(key));
        Wanted {
            columns: self.schema().iter().map(|column| is_wanted(&column.key)).collect(),
            structured: self.extra_keys().iter().any(is_wanted),
        }
    }

    /// The next chunk that has rows.
    pub(crate) fn next(&self, cursor: &mut Cursor, wanted: &Wanted) -> Option<Chunk> {
        let merges = self.merges();
        while let Some(&part) = self.parts.get(cursor.next) {
            let merge = &merges[cursor.next];
            if !merge.goes_on()
                && let Some(carry) = self.carried(cursor)
            {
                return Some(carry);
            }
            cursor.next += 1;
            let read = self.view.chunk_of(part, |at| wanted.columns[at], wanted.structured);
            let Some(mut chunk) = read else {
                // What comes after the lost part goes on with its rows, and not with the one before.
                match self.carried(cursor) {
                    Some(carry) => return Some(carry),
                    None => continue,
                }
            };
            // What the part goes on with was held back; if that is lost, it begins with a row.
            let carry = cursor.carry.take();
            if let Merge::Begins(begins) = merge {
                let mut bits = Bitmap::default();
                bits.push(true);
                begins.iter().skip(usize::from(carry.is_none())).for_each(|bit| bits.push(bit));
                if let Some(carry) = carry {
                    chunk.prepend(carry);
                }
                chunk.join(&bits);
            }
            let next = merges[cursor.next..].iter().find(|merge| **merge != Merge::Gone);
            if next.is_some_and(Merge::goes_on) {
                cursor.carry = chunk.split_last();
            }
            if self.narrow(&mut chunk) {
                return Some(chunk);
            }
        }
        self.carried(cursor)
    }

    /// The row that was held back, if there is one in range.
    fn carried(&self, cursor: &mut Cursor) -> Option<Chunk> {
        let mut carry = cursor.carry.take()?;
        self.narrow(&mut carry).then_some(carry)
    }

    /// Leaves out what is out of range; whether anything is left.
    fn narrow(&self, chunk: &mut Chunk) -> bool {
        if self.choice.start.is_some() || self.choice.stop.is_some() {
            let mut keep = Bitmap::default();
            chunk.label.iter().for_each(|&label| keep.push(self.contains(label, label)));
            chunk.retain(&keep);
        }
        chunk.rows() > 0
    }

    /// Whether all labels from `least` to `most` are in the range.
    fn contains(&self, least: i64, most: i64) -> bool {
        self.choice.start.is_none_or(|start| start <= least)
            && self.choice.stop.is_none_or(|stop| most < stop)
    }
}

/// Which columns of a frame are read.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    /// A bit for each column of the schema.
    pub(crate) columns: Vec<bool>,
    /// Whether structured values are.
    pub(crate) structured: bool,
}

/// Reads a frame chunk by chunk.
pub struct Chunks<'f, 'a> {
    frame: &'f Frame<'a>,
    wanted: Wanted,
    cursor: Cursor,
}

impl Iterator for Chunks<'_, '_> {
    type Item = Chunk;

    fn next(&mut self) -> Option<Chunk> {
        self.frame.next(&mut self.cursor, &self.wanted)
    }
}
