//! Where a training curve stands: still falling, level, or too short to tell.
//!
//! A change counts when it exceeds [`RELATIVE_TOLERANCE`] times the scale of the losses, which is
//! `max(|first loss|, |mean of the last five|)`. For losses of order one that is the familiar
//! absolute threshold of 0.001; for losses near 1e-4 it is 1e-7, and multiplying all losses by a
//! positive number changes no status. First and last losses are the first and last finite ones.
//! A run whose last five rows are all NaN or infinite has lost its loss and is never said to have
//! converged or to be converging.

use super::lanes::Range;
use super::moments::{Moments, moments};

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

/// What the rules ask of a training curve, as it comes.
#[derive(Clone, Debug)]
pub(super) struct Curve {
    /// Finite losses.
    n: usize,
    first: [f64; WINDOW],
    /// The last ones: the place of each is its number modulo the window.
    last: [f64; WINDOW],
    range: Range,
    /// Rows since the last finite loss.
    lost: usize,
}

/// The end of a curve.
struct End {
    mean: f64,
    std: f64,
    tolerance: f64,
}

impl Curve {
    pub(super) const EMPTY: Self =
        Self { n: 0, first: [0.0; WINDOW], last: [0.0; WINDOW], range: Range::EMPTY, lost: 0 };

    fn of(train: &[f64]) -> Self {
        let mut curve = Self::EMPTY;
        curve.extend(train);
        curve
    }

    /// Takes in losses, one a row, NaN where missing.
    pub(super) fn extend(&mut self, train: &[f64]) {
        for &loss in train {
            if !loss.is_finite() {
                self.lost += 1;
                continue;
            }
            if let Some(first) = self.first.get_mut(self.n) {
                *first = loss;
            }
            self.last[self.n % WINDOW] = loss;
            self.range.join(Range { min: loss, max: loss });
            self.n += 1;
            self.lost = 0;
        }
    }

    /// `None` for fewer than `min_len` finite losses.
    fn end(&self, min_len: usize) -> Option<End> {
        if self.n < min_len {
            return None;
        }
        let mut last = self.last;
        // The oldest of them first.
        last.rotate_left(self.n % WINDOW);
        let Moments { mean, std, .. } = moments(&last);
        Some(End { mean, std, tolerance: RELATIVE_TOLERANCE * self.first[0].abs().max(mean.abs()) })
    }

    /// Whether any of the last rows holds a finite loss.
    fn is_alive(&self) -> bool {
        self.lost < WINDOW
    }

    /// Whether more than half of the first loss is gone. Halves say nothing about a first loss
    /// that is zero or negative (log-likelihoods); there the fall must exceed half of the range
    /// of all losses, which no constant added to them changes.
    fn has_halved(&self, end: &End) -> bool {
        let first = self.first[0];
        if first > 0.0 {
            return end.mean < 0.5 * first;
        }
        0.5 * first - 0.5 * end.mean > 0.25 * self.range.max - 0.25 * self.range.min
    }

    /// See [`convergence_status`].
    pub(super) fn status(&self) -> ConvergenceStatus {
        match self.end(WINDOW) {
            None => ConvergenceStatus::InsufficientData,
            Some(_) if !self.is_alive() => ConvergenceStatus::NotConverged,
            Some(end) if end.std == 0.0 || end.std < end.tolerance => ConvergenceStatus::Converged,
            Some(end) if self.has_halved(&end) => ConvergenceStatus::Converging,
            Some(_) => ConvergenceStatus::NotConverged,
        }
    }

    /// See [`convergence`].
    pub(super) fn convergence(&self) -> Convergence {
        let Some(end) = self.end(MIN_FOR_CONVERGENCE) else {
            let status = Progress::InsufficientData;
            return Convergence { status, improvement: None, stability: None };
        };
        let improvement = moments(&self.first).mean - end.mean;
        let status = if self.is_alive() && improvement > end.tolerance {
            Progress::Converging
        } else {
            Progress::Plateaued
        };
        Convergence { status, improvement: Some(improvement), stability: Some(end.std) }
    }
}

/// Status of `train`, one loss a row, NaN where missing.
///
/// Fewer than five finite losses are `InsufficientData`. `Converged`: the population standard
/// deviation of the last five is 0 or below the tolerance. Else `Converging`: their mean is below
/// half of the first loss; when the first loss is not positive, below the first loss by more than
/// half of the range of all losses. Else `NotConverged`.
pub fn convergence_status(train: &[f64]) -> ConvergenceStatus {
    Curve::of(train).status()
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
    Curve::of(train).convergence()
}
