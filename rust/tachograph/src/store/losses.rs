//! The losses of the epochs, and sums over them, block by block.

use super::View;
use crate::stats::{Best, BestTracker, LossCourse, Total};
use crate::types::{ColumnKey, Kind, Role};

/// What the losses of a run say.
#[derive(Clone, Debug)]
pub struct Losses {
    /// The best epoch.
    pub best: BestTracker,
    /// Trends, volatilities, convergence.
    pub course: LossCourse,
}

impl View<'_> {
    /// What the losses of an epochs view say. No more of them is held than those of a block.
    pub fn losses(&self) -> Losses {
        let mut best = BestTracker::new();
        let course = LossCourse::of(|course| {
            best = BestTracker::new();
            self.each_loss(|epochs, train, val| {
                for ((&epoch, &train), &val) in epochs.iter().zip(train).zip(val) {
                    best.push(epoch, train, val);
                }
                course.extend(train, val);
            });
        });
        Losses { best, course }
    }

    /// The best epoch of an epochs view, likewise.
    pub fn best(&self) -> Option<Best> {
        let mut best = BestTracker::new();
        self.each_loss(|epochs, train, val| {
            for ((&epoch, &train), &val) in epochs.iter().zip(train).zip(val) {
                best.push(epoch, train, val);
            }
        });
        best.best()
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

    /// Labels, train losses (NaN where absent) and validation losses of each block.
    fn each_loss(&self, mut take: impl FnMut(&[i64], &[f64], &[Option<f64>])) {
        let (train, val) = (self.field_place("train_loss"), self.field_place("val_loss"));
        let (mut train_losses, mut val_losses) = (Vec::new(), Vec::new());
        for chunk in self.chunks_of([train, val].into_iter().flatten().collect()) {
            let value = |place: Option<usize>, row: usize| {
                let column = chunk.column(place?)?;
                column.get(row).map(|word: u64| Kind::to_f64(column.kind, word))
            };
            train_losses.clear();
            train_losses.extend((0..chunk.rows()).map(|row| value(train, row).unwrap_or(f64::NAN)));
            val_losses.clear();
            val_losses.extend((0..chunk.rows()).map(|row| value(val, row)));
            take(&chunk.label, &train_losses, &val_losses);
        }
    }

    fn field_place(&self, name: &str) -> Option<usize> {
        let key = ColumnKey::new(Role::Field, name);
        self.schema().iter().position(|column| column.key == key)
    }
}
