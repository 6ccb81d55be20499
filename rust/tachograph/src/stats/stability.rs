//! How steadily a run trains: trends, volatilities, the overfitting score.

use super::convergence::{ConvergenceStatus, convergence_status};
use super::trend::{trend, trend_at};

/// Paired epochs below which no overfitting is told.
const MIN_PAIRS: usize = 5;
/// Most epochs that the overfitting score looks back.
const MAX_WINDOW: usize = 10;
/// Rounding of two losses and of their difference, in units of `f64::EPSILON` of the loss.
const ROUNDINGS: f64 = 8.0;

/// The stability analysis of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stability {
    /// Least-squares slope of the train loss over the rows, in loss per epoch; 0 for fewer than
    /// two finite losses.
    pub train_trend: f64,
    /// The same for the validation loss, over the rows that have one.
    pub val_trend: f64,
    /// Population standard deviation of the finite train losses, in the unit of the loss.
    pub train_volatility: f64,
    /// The same for the validation loss; 0 for fewer than two.
    pub val_volatility: f64,
    /// How fast the gap from train to validation loss widens at the end of the run, in loss per
    /// epoch; never negative. See [`overfitting_score`].
    pub overfitting_score: f64,
    /// Status of the train losses.
    pub convergence_status: ConvergenceStatus,
    /// Train losses that are NaN or infinite, left out.
    pub non_finite_train: usize,
    /// Validation losses that are NaN or infinite, left out.
    pub non_finite_val: usize,
}

/// Analyses a run from its train losses, one a row (NaN where missing), and its validation
/// losses, `None` where an epoch has none; `None` for fewer than two rows of `train`.
///
/// ```
/// use tachograph::stats::stability;
///
/// let train = [1.0, 0.75, 0.5, 0.25];
/// let analysis = stability(&train, &[None, Some(1.0), None, Some(0.8)]).unwrap();
/// assert_eq!(analysis.train_trend, -0.25);
/// assert!((analysis.val_trend + 0.1).abs() < 1e-15); // per epoch, not per validation
/// ```
pub fn stability(train: &[f64], val: &[Option<f64>]) -> Option<Stability> {
    if train.len() < 2 {
        return None;
    }
    let on_train = trend(train);
    let (rows, losses): (Vec<f64>, Vec<f64>) = val
        .iter()
        .enumerate()
        .filter_map(|(row, loss)| loss.map(|loss| (row as f64, loss)))
        .unzip();
    let on_val = trend_at(&rows, &losses);
    Some(Stability {
        train_trend: on_train.slope,
        val_trend: on_val.slope,
        train_volatility: on_train.moments.std,
        val_volatility: on_val.moments.std,
        overfitting_score: overfitting_score(train, val),
        convergence_status: convergence_status(train),
        non_finite_train: on_train.moments.non_finite,
        non_finite_val: on_val.moments.non_finite,
    })
}

/// Slope of `val - train`, if positive, over the last `min(10, n / 2)` of the `n` epochs in which
/// both losses are finite, in loss per epoch.
///
/// While the validation loss rises this is how fast the two losses diverge. It is 0 when both
/// fall or rise at the same rate, when the gap closes, and for fewer than five such epochs. A
/// widening below the rounding of the losses themselves is 0 too.
pub fn overfitting_score(train: &[f64], val: &[Option<f64>]) -> f64 {
    let pairs: Vec<(usize, f64, f64)> = train
        .iter()
        .zip(val)
        .enumerate()
        .filter_map(|(row, (&train_loss, val_loss))| Some((row, train_loss, (*val_loss)?)))
        .filter(|(_, train_loss, val_loss)| train_loss.is_finite() && val_loss.is_finite())
        .collect();
    if pairs.len() < MIN_PAIRS {
        return 0.0;
    }
    let window = &pairs[pairs.len() - MAX_WINDOW.min(pairs.len() / 2)..];
    let rows: Vec<f64> = window.iter().map(|&(row, ..)| row as f64).collect();
    let gaps: Vec<f64> =
        window.iter().map(|(_, train_loss, val_loss)| val_loss - train_loss).collect();
    let largest = window.iter().fold(0.0_f64, |largest, (_, train_loss, val_loss)| {
        largest.max(train_loss.abs()).max(val_loss.abs())
    });
    let span = rows[rows.len() - 1] - rows[0];
    let slope = trend_at(&rows, &gaps).slope;
    if slope * span > ROUNDINGS * f64::EPSILON * largest { slope } else { 0.0 }
}
