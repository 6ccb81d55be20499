//! The last epochs in which both losses are finite, as they come.

use super::trend::trend_at;
use std::collections::VecDeque;

/// Paired epochs below which no overfitting is told.
const MIN_PAIRS: usize = 5;
/// Most epochs that the overfitting score looks back.
const MAX_WINDOW: usize = 10;
/// Rounding of two losses and of their difference, in units of `f64::EPSILON` of the loss.
const ROUNDINGS: f64 = 8.0;

/// The last pairs of losses, and how many there were.
#[derive(Clone, Debug, Default)]
pub(super) struct LastPairs {
    n: usize,
    /// Row, train loss, validation loss.
    last: VecDeque<(usize, f64, f64)>,
}

impl LastPairs {
    /// Takes in the losses of consecutive rows, the first of them `first_row`.
    pub(super) fn extend(&mut self, first_row: usize, train: &[f64], val: &[Option<f64>]) {
        for (row, (&train_loss, val_loss)) in train.iter().zip(val).enumerate() {
            let Some(val_loss) = val_loss.filter(|loss| loss.is_finite()) else { continue };
            if !train_loss.is_finite() {
                continue;
            }
            if self.last.len() == MAX_WINDOW {
                self.last.pop_front();
            }
            self.last.push_back((first_row + row, train_loss, val_loss));
            self.n += 1;
        }
    }

    /// See [`overfitting_score`](super::stability::overfitting_score).
    pub(super) fn overfitting_score(&self) -> f64 {
        if self.n < MIN_PAIRS {
            return 0.0;
        }
        let left_out = self.last.len() - MAX_WINDOW.min(self.n / 2);
        let window = || self.last.iter().skip(left_out);
        let rows: Vec<f64> = window().map(|&(row, ..)| row as f64).collect();
        let gaps: Vec<f64> =
            window().map(|(_, train_loss, val_loss)| val_loss - train_loss).collect();
        let largest = window().fold(0.0_f64, |largest, (_, train_loss, val_loss)| {
            largest.max(train_loss.abs()).max(val_loss.abs())
        });
        let span = rows[rows.len() - 1] - rows[0];
        let slope = trend_at(&rows, &gaps).slope;
        if slope * span > ROUNDINGS * f64::EPSILON * largest { slope } else { 0.0 }
    }
}
