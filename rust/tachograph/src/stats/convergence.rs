//! Where a training curve stands: still falling, level, or too short to tell.
//!
//! A change counts when it exceeds [`RELATIVE_TOLERANCE`] times the scale of the losses, which is
//! `max(|first loss|, |mean of the last five|)`. For losses of order one that is the familiar
//! absolute threshold of 0.001; for losses near 1e-4 it is 1e-7, and multiplying all losses by a
//! positive number changes no status. First and last losses are the first and last finite ones.
//! A run whose last five rows are all NaN or infinite has lost its loss and is never said to have
//! converged or to be converging.

use super::moments::moments;

/// Change of the loss, as a share of its scale, below which it counts as none.
pub const RELATIVE_TOLERANCE: f64 = 0.001;
/// Losses at each end of a curve that are averaged.
const WINDOW: usize = 5;
/// Finite losses from which on [`convergence`] answers.
const MIN_FOR_CONVERGENCE: usize = 10;

/// Status of the train losses in the stability analysis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConvergenceStatus {
    /// Fewer than five finite train losses.
    InsufficientData,
    /// The last five losses no longer move.
    Converged,
    /// The loss still moves and has fallen by more than half since the first.
    Converging,
    /// None of these.
    NotConverged,
}

impl ConvergenceStatus {
    /// The word that stands in reports: `insufficient_data`, `converged` and so on.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InsufficientData => "insufficient_data",
            Self::Converged => "converged",
            Self::Converging => "converging",
            Self::NotConverged => "not_converged",
        }
    }
}

/// Whether the loss fell between the beginning and the end of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Fewer than ten finite train losses.
    InsufficientData,
    /// The mean of the last five losses lies clearly below that of the first five.
    Converging,
    /// It does not.
    Plateaued,
}

impl Progress {
    /// The word that stands in reports: `insufficient_data`, `converging` or `plateaued`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InsufficientData => "insufficient_data",
            Self::Converging => "converging",
            Self::Plateaued => "plateaued",
        }
    }
}

/// The two ends of a training curve compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Convergence {
    /// The verdict.
    pub status: Progress,
    /// Mean of the first five losses minus mean of the last five, in the unit of the loss; `None`
    /// without enough data.
    pub improvement: Option<f64>,
    /// Population standard deviation of the last five losses, in the unit of the loss; `None`
    /// without enough data.
    pub stability: Option<f64>,
}

/// The finite losses of a curve, reduced to what the rules ask for.
struct Curve {
    losses: Vec<f64>,
    last_mean: f64,
    last_std: f64,
    /// Whether any of the last rows holds a finite loss.
    alive: bool,
}

impl Curve {
    /// `None` for fewer than `min_len` finite losses, or none at all.
    fn new(train: &[f64], min_len: usize) -> Option<Self> {
        let losses: Vec<f64> = train.iter().copied().filter(|loss| loss.is_finite()).collect();
        if losses.len() < min_len.max(1) {
            return None;
        }
        let last = moments(&losses[losses.len().saturating_sub(WINDOW)..]);
        let last_rows = &train[train.len().saturating_sub(WINDOW)..];
        let alive = last_rows.iter().any(|loss| loss.is_finite());
        Some(Self { losses, last_mean: last.mean, last_std: last.std, alive })
    }

    fn tolerance(&self) -> f64 {
        RELATIVE_TOLERANCE * self.losses[0].abs().max(self.last_mean.abs())
    }

    /// Whether more than half of the first loss is gone. Halves say nothing about a first loss
    /// that is zero or negative (log-likelihoods); there the fall must exceed half of the range
    /// of all losses, which no constant added to them changes.
    fn has_halved(&self) -> bool {
        let first = self.losses[0];
        if first > 0.0 {
            return self.last_mean < 0.5 * first;
        }
        let all = moments(&self.losses);
        0.5 * first - 0.5 * self.last_mean > 0.25 * all.max - 0.25 * all.min
    }
}

/// Status of `train`, one loss a row, NaN where missing.
///
/// Fewer than five finite losses are `InsufficientData`. `Converged`: the population standard
/// deviation of the last five is 0 or below the tolerance. Else `Converging`: their mean is below
/// half of the first loss; when the first loss is not positive, below the first loss by more than
/// half of the range of all losses. Else `NotConverged`.
pub fn convergence_status(train: &[f64]) -> ConvergenceStatus {
    match Curve::new(train, WINDOW) {
        None => ConvergenceStatus::InsufficientData,
        Some(curve) if !curve.alive => ConvergenceStatus::NotConverged,
        Some(curve) if curve.last_std == 0.0 || curve.last_std < curve.tolerance() => {
            ConvergenceStatus::Converged
        }
        Some(curve) if curve.has_halved() => ConvergenceStatus::Converging,
        Some(_) => ConvergenceStatus::NotConverged,
    }
}

/// Compares the two ends of `train`, one loss a row, NaN where missing.
///
/// Fewer than ten finite losses are `InsufficientData`. `Converging`: the improvement exceeds the
/// tolerance; else `Plateaued`, also when the loss rose.
///
/// ```
/// use tachograph::stats::{Progress, convergence};
///
/// let train: Vec<f64> = (0..15).map(|epoch| 1.0 / f64::from(epoch + 1)).collect();
/// assert_eq!(convergence(&train).status, Progress::Converging);
/// assert_eq!(convergence(&train[..9]).status, Progress::InsufficientData);
/// ```
pub fn convergence(train: &[f64]) -> Convergence {
    let Some(curve) = Curve::new(train, MIN_FOR_CONVERGENCE) else {
        let status = Progress::InsufficientData;
        return Convergence { status, improvement: None, stability: None };
    };
    let improvement = moments(&curve.losses[..WINDOW]).mean - curve.last_mean;
    let status = if curve.alive && improvement > curve.tolerance() {
        Progress::Converging
    } else {
        Progress::Plateaued
    };
    Convergence { status, improvement: Some(improvement), stability: Some(curve.last_std) }
}
