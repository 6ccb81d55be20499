//! How steadily a run trains: trends, volatilities, the overfitting score.

use super::convergence::ConvergenceStatus;
use super::course::LossCourse;
use super::pairs::LastPairs;

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
    LossCourse::of(|course| course.extend(train, val)).stability()
}

/// Slope of `val - train`, if positive, over the last `min(10, n / 2)` of the `n` epochs in which
/// both losses are finite, in loss per epoch.
///
/// While the validation loss rises this is how fast the two losses diverge. It is 0 when both
/// fall or rise at the same rate, when the gap closes, and for fewer than five such epochs. A
/// widening below the rounding of the losses themselves is 0 too.
pub fn overfitting_score(train: &[f64], val: &[Option<f64>]) -> f64 {
    let mut pairs = LastPairs::default();
    pairs.extend(0, train, val);
    pairs.overfitting_score()
}
