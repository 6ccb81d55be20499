//! The losses of the epochs, aligned by row, as the statistics take them.

use super::View;
use crate::types::{ColumnKey, Kind, Role};

/// What the statistics of a run are made of; one entry an epoch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Losses {
    /// Epoch labels.
    pub epochs: Vec<i64>,
    /// Training losses; NaN where absent.
    pub train: Vec<f64>,
    /// Validation losses, where there was validation.
    pub val: Vec<Option<f64>>,
}

impl View<'_> {
    /// The losses of an epochs view.
    pub fn losses(&self) -> Losses {
        let mut losses = Losses::default();
        let place = |name: &str| {
            let key = ColumnKey::new(Role::Field, name);
            self.schema().iter().position(|column| column.key == key)
        };
        let (train, val) = (place("train_loss"), place("val_loss"));
        for chunk in self.chunks_of([train, val].into_iter().flatten().collect()) {
            let value = |place: Option<usize>, row: usize| {
                let column = chunk.column(place?)?;
                column.get(row).map(|word: u64| Kind::to_f64(column.kind, word))
            };
            for row in 0..chunk.rows() {
                losses.epochs.push(chunk.label[row]);
                losses.train.push(value(train, row).unwrap_or(f64::NAN));
                losses.val.push(value(val, row));
            }
        }
        losses
    }
}
