//! A table as data frames and files show it.

use super::cursor::{Chunks, Wanted};
use super::epochs::Epochs;
use super::merge::{Merge, Plan, plan};
use super::view::View;
use crate::types::{ColumnKey, ColumnSchema, Role, Table};
use std::sync::{Arc, OnceLock};

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
    pub(super) view: View<'a>,
    choice: Choice,
    /// The places in the view of the parts that may have rows in the range.
    pub(super) parts: Vec<usize>,
    plan: OnceLock<Arc<Plan>>,
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
        Self { view, choice, parts, plan: OnceLock::new() }
    }

    /// All of a view.
    pub fn all(view: View<'a>) -> Self {
        Self::new(view, Choice::default())
    }

    /// All of a view, of which it is known which rows are merged: an earlier frame of all of the same
    /// log said so. What is known of another log is not taken.
    pub fn all_as_planned(view: View<'a>, plan: Arc<Plan>) -> Self {
        let frame = Self::all(view);
        if plan.merges().len() == frame.parts.len() {
            // A new cell is empty.
            drop(frame.plan.set(plan));
        }
        frame
    }

    /// Which rows are merged.
    pub fn plan(&self) -> &Arc<Plan> {
        self.plan.get_or_init(|| {
            Arc::new(if self.choice.raw {
                Plan::apart(&self.view, &self.parts)
            } else {
                plan(&self.view, &self.parts)
            })
        })
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

    /// How many rows.
    pub fn len(&self) -> usize {
        let counts = self.parts.iter().zip(self.plan().merges()).map(|(&part, merge)| {
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

    /// The chunks in order, with the columns that are wanted; `index` is a column's place in
    /// [`Frame::schema`]. Chunks that turn out to be damaged are left out, and the reader's report
    /// tells so.
    pub fn chunks(&self) -> Chunks<'_, 'a> {
        Chunks::new(self, self.wanted())
    }

    /// The same with no other scalar columns than those at these places of the schema.
    pub fn chunks_of(&self, columns: &[usize]) -> Chunks<'_, 'a> {
        let mut wanted = Wanted { columns: vec![false; self.schema().len()], structured: true };
        for &column in columns {
            if let Some(bit) = wanted.columns.get_mut(column) {
                *bit = true;
            }
        }
        Chunks::new(self, wanted)
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

    /// Whether there is a range.
    pub(super) fn has_range(&self) -> bool {
        self.choice.start.is_some() || self.choice.stop.is_some()
    }

    /// Whether all labels from `least` to `most` are in the range.
    pub(super) fn contains(&self, least: i64, most: i64) -> bool {
        self.choice.start.is_none_or(|start| start <= least)
            && self.choice.stop.is_none_or(|stop| most < stop)
    }
}
