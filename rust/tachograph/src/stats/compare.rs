//! The better of two runs, by their best losses.

use super::best::Monitored;

/// What is compared of one run.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RunOutcome {
    /// Smallest validation loss, `None` without validation.
    pub best_val_loss: Option<f64>,
    /// Smallest train loss, `None` for an empty run.
    pub best_train_loss: Option<f64>,
    /// Label of the best epoch.
    pub best_epoch: Option<i64>,
    /// Epochs recorded.
    pub total_epochs: usize,
    /// Sum of the epoch times, in seconds.
    pub total_time_secs: f64,
}

/// The verdict over two runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// The first run has the smaller loss.
    First,
    /// The second run has the smaller loss.
    Second,
    /// Both losses are equal.
    Tie,
}

/// Two runs side by side, the first one first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison {
    /// Which run is better; `None` when they have no loss in common.
    pub better: Option<Better>,
    /// The loss compared: validation when both runs have one, else train; `None` as above.
    pub compared: Option<Monitored>,
    /// Absolute difference of the losses compared, in the unit of the loss.
    pub loss_difference: Option<f64>,
    /// Absolute difference of the labels of the best epochs; `None` unless both have one.
    pub epoch_difference: Option<u64>,
    /// `best_val_loss` of both.
    pub best_val_loss: [Option<f64>; 2],
    /// `total_epochs` of both.
    pub total_epochs: [usize; 2],
    /// `total_time_secs` of both.
    pub total_time_secs: [f64; 2],
}

/// Compares two runs by their best validation losses, or by their best train losses when one of
/// them has no validation. A loss that is NaN or +inf counts as missing.
///
/// ```
/// use tachograph::stats::{Better, RunOutcome, compare};
///
/// let a = RunOutcome { best_val_loss: Some(0.25), best_epoch: Some(7), ..Default::default() };
/// let b = RunOutcome { best_val_loss: Some(0.5), best_epoch: Some(3), ..Default::default() };
/// let comparison = compare(&a, &b);
/// assert_eq!(comparison.better, Some(Better::First));
/// assert_eq!(comparison.loss_difference, Some(0.25));
/// assert_eq!(comparison.epoch_difference, Some(4));
/// ```
pub fn compare(first: &RunOutcome, second: &RunOutcome) -> Comparison {
    let val = both(first.best_val_loss, second.best_val_loss).map(|pair| (Monitored::Val, pair));
    let train =
        || both(first.best_train_loss, second.best_train_loss).map(|pair| (Monitored::Train, pair));
    let losses = val.or_else(train);
    Comparison {
        better: losses.map(|(_, (a, b))| {
            if a < b {
                Better::First
            } else if b < a {
                Better::Second
            } else {
                Better::Tie
            }
        }),
        compared: losses.map(|(monitored, _)| monitored),
        // Two losses of -inf are equal, though their difference is no number.
        loss_difference: losses.map(|(_, (a, b))| {
            if a < b {
                b - a
            } else if b < a {
                a - b
            } else {
                0.0
            }
        }),
        epoch_difference: first.best_epoch.zip(second.best_epoch).map(|(a, b)| a.abs_diff(b)),
        best_val_loss: [first.best_val_loss, second.best_val_loss],
        total_epochs: [first.total_epochs, second.total_epochs],
        total_time_secs: [first.total_time_secs, second.total_time_secs],
    }
}

fn both(first: Option<f64>, second: Option<f64>) -> Option<(f64, f64)> {
    let comparable = |loss: &f64| *loss < f64::INFINITY;
    first.filter(comparable).zip(second.filter(comparable))
}
