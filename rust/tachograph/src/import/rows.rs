//! Values that belong together become one row.

use super::sink::Sink;
use super::tags::Tags;
use crate::Result;
use crate::types::Kind;

/// The most values of one row; what comes behind them begins the next.
const MAX_VALUES: usize = 1 << 14;

/// Values of one step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row {
    /// The step.
    pub step: i64,
    /// When it was recorded, microseconds since 1970-01-01 UTC.
    pub wall_micros: i64,
    /// The numbers of the values' names, each at most once.
    pub tags: Vec<u32>,
    /// How each value's word is read.
    pub kinds: Vec<Kind>,
    /// The values.
    pub words: Vec<u64>,
}

impl Row {
    /// Puts the values into the order of their names' numbers: W&B shuffles those of every row, and
    /// each order would be a layout of its own to the log.
    #[inline]
    fn sort(&mut self) {
        if self.tags.is_sorted() {
            return;
        }
        let mut order: Vec<usize> = (0..self.tags.len()).collect();
        order.sort_unstable_by_key(|&at| self.tags[at]);
        self.tags = order.iter().map(|&at| self.tags[at]).collect();
        self.kinds = order.iter().map(|&at| self.kinds[at]).collect();
        self.words = order.iter().map(|&at| self.words[at]).collect();
    }
}

/// The row that is being collected.
#[derive(Debug, Default)]
pub(super) struct Collecting {
    row: Row,
    /// For each tag, the last row that had it.
    seen: Vec<u64>,
    /// Counts rows, from 1 while the first is collected.
    number: u64,
    /// The greatest step that was passed on, of this attempt.
    pub(super) last_step: Option<i64>,
    pub(super) rows: u64,
    pub(super) values: u64,
}

impl Collecting {
    /// Whether a value can join the row: it is of the same step and near enough in time, and the
    /// row has none of its name.
    #[inline]
    pub(super) fn takes(&self, step: i64, wall_micros: i64, tag: u32, within_micros: u64) -> bool {
        self.row.tags.is_empty()
            || (self.row.step == step
                && self.row.wall_micros.abs_diff(wall_micros) <= within_micros
                && self.row.tags.len() < MAX_VALUES
                && self.seen.get(tag as usize) != Some(&self.number))
    }

    /// Adds a value, to a row of its own if there is none. The row's wall time is that of its first
    /// value; returns by how many microseconds this one's was another.
    #[inline]
    pub(super) fn add(
        &mut self,
        step: i64,
        wall_micros: i64,
        tag: u32,
        (kind, word): (Kind, u64),
    ) -> u64 {
        if self.row.tags.is_empty() {
            self.number += 1;
            self.row.step = step;
            self.row.wall_micros = wall_micros;
        }
        if self.seen.len() <= tag as usize {
            self.seen.resize(tag as usize + 1, 0);
        }
        self.seen[tag as usize] = self.number;
        self.row.tags.push(tag);
        self.row.kinds.push(kind);
        self.row.words.push(word);
        self.row.wall_micros.abs_diff(wall_micros)
    }

    /// The greatest step of this attempt so far.
    pub(super) fn greatest_step(&self) -> Option<i64> {
        let open = (!self.row.tags.is_empty()).then_some(self.row.step);
        self.last_step.max(open)
    }

    /// Passes the row on, if there is one.
    #[inline]
    pub(super) fn pass_on(&mut self, sink: &mut impl Sink, tags: &Tags) -> Result<()> {
        if self.row.tags.is_empty() {
            return Ok(());
        }
        self.last_step = self.last_step.max(Some(self.row.step));
        self.rows += 1;
        self.values += self.row.tags.len() as u64;
        self.row.sort();
        let passed = sink.row(&self.row, tags);
        self.row.tags.clear();
        self.row.kinds.clear();
        self.row.words.clear();
        passed
    }
}

#[cfg(test)]
mod tests {
    use super::{Collecting, Row};
    use crate::Result;
    use crate::import::{Sink, Tags};
    use crate::types::Kind;

    struct Rows(Vec<Row>);

    impl Sink for Rows {
        fn row(&mut self, row: &Row, _tags: &Tags) -> Result<()> {
            self.0.push(row.clone());
            Ok(())
        }
    }

    #[test]
    fn values_stand_in_one_order_however_they_came() {
        let (mut rows, mut sink, tags) = (Collecting::default(), Rows(Vec::new()), Tags::default());
        for order in [[2, 0, 1], [0, 1, 2], [1, 2, 0]] {
            for tag in order {
                let kind = if tag == 1 { Kind::Int } else { Kind::Float };
                rows.add(5, 7, tag, (kind, u64::from(tag) + 10));
            }
            rows.pass_on(&mut sink, &tags).unwrap();
        }
        let row = Row {
            step: 5,
            wall_micros: 7,
            tags: vec![0, 1, 2],
            kinds: vec![Kind::Float, Kind::Int, Kind::Float],
            words: vec![10, 11, 12],
        };
        assert_eq!(sink.0, vec![row; 3]);
    }
}
