//! The losses of the epochs, and sums over them, block by block.

use super::View;
use crate::stats::{Best, BestTracker, LossCourse, Total};
use crate::types::{Chunk, ColumnKey, Kind, Role};

/// What the losses of a run say.
#[derive(Clone, Debug)]
pub struct Losses {
    /// The best epoch.
    pub best: BestTracker,
    /// Trends, volatilities, convergence.
    pub course: LossCourse,
}

/// The best epoch, as far as a run was looked through: the next look goes on from there.
#[derive(Clone, Debug, Default)]
pub struct BestSoFar {
    tracker: BestTracker,
    /// The place in the log of the last epoch looked at.
    last_seq: Option<u64>,
}

impl View<'_> {
    /// What the losses of an epochs view say. No more of them is held than those of a block.
    pub fn losses(&self) -> Losses {
        let mut best = BestTracker::new();
        let course = LossCourse::of(|course| {
            best = BestTracker::new();
            self.each_loss(0, |chunk, train, val| {
                follow(&mut best, &chunk.label, train, val);
                course.extend(train, val);
            });
        });
        Losses { best, course }
    }

    /// The best epoch of an epochs view, likewise. Of an earlier view of the same log, `known` is
    /// what this left there: then only the blocks that have epochs since are read.
    pub fn best(&self, known: &mut BestSoFar) -> Option<Best> {
        let first = self.goes_on_after(known);
        if first.is_none() {
            *known = BestSoFar::default();
        }
        let BestSoFar { tracker, last_seq } = known;
        let (start, mut skipped) = first.unwrap_or_default();
        self.each_loss(start, |chunk, train, val| {
            let from = skipped.min(chunk.rows());
            skipped -= from;
            follow(tracker, &chunk.label[from..], &train[from..], &val[from..]);
            *last_seq = chunk.seq.last().copied().or(*last_seq);
        });
        tracker.best()
    }

    /// The chunk that has the last epoch known, and how many of its rows are; `None` where what is
    /// known is not the beginning of this view: rows are hidden since, lost, or amended.
    fn goes_on_after(&self, known: &BestSoFar) -> Option<(usize, usize)> {
        let n_known = known.tracker.n_epochs();
        if !self.amendments.is_empty() || n_known == 0 {
            return None;
        }
        let mut before = 0;
        let index = (0..self.chunk_count()).find(|&index| {
            let reaches = before + self.chunk_rows(index) >= n_known;
            before += if reaches { 0 } else { self.chunk_rows(index) };
            reaches
        })?;
        // Rows only come at the end and go: a row in the same place has the same ones before it.
        let chunk = self.chunk_of(index, |_| false, false)?;
        (chunk.seq.get(n_known - before - 1) == known.last_seq.as_ref())
            .then_some((index, n_known - before))
    }

    /// The sum of a field of an epochs view, 0 without one.
    pub fn field_total(&self, name: &str) -> f64 {
        let mut total = Total::default();
        let Some(place) = self.field_place(name) else { return total.value() };
        for chunk in self.chunks_of(vec![place]) {
            let Some(column) = chunk.column(place) else { continue };
            for row in 0..chunk.rows() {
                if let Some(word) = column.get(row) {
                    total.push(Kind::to_f64(column.kind, word));
                }
            }
        }
        total.value()
    }

    /// Train losses (NaN where absent) and validation losses of each block from `start` on.
    fn each_loss(&self, start: usize, mut take: impl FnMut(&Chunk, &[f64], &[Option<f64>])) {
        let (train, val) = (self.field_place("train_loss"), self.field_place("val_loss"));
        let (mut train_losses, mut val_losses) = (Vec::new(), Vec::new());
        let wanted: Vec<usize> = [train, val].into_iter().flatten().collect();
        for index in start..self.chunk_count() {
            let chunk = self.chunk_of(index, |column| wanted.contains(&column), false);
            let Some(chunk) = chunk else { continue };
            let value = |place: Option<usize>, row: usize| {
                let column = chunk.column(place?)?;
                column.get(row).map(|word: u64| Kind::to_f64(column.kind, word))
            };
            train_losses.clear();
            train_losses.extend((0..chunk.rows()).map(|row| value(train, row).unwrap_or(f64::NAN)));
            val_losses.clear();
            val_losses.extend((0..chunk.rows()).map(|row| value(val, row)));
            take(&chunk, &train_losses, &val_losses);
        }
    }

    fn field_place(&self, name: &str) -> Option<usize> {
        let key = ColumnKey::new(Role::Field, name);
        self.schema().iter().position(|column| column.key == key)
    }
}

fn follow(best: &mut BestTracker, epochs: &[i64], train: &[f64], val: &[Option<f64>]) {
    for ((&epoch, &train), &val) in epochs.iter().zip(train).zip(val) {
        best.push(epoch, train, val);
    }
}
