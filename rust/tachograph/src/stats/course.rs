//! The losses of a run as they come: what its summary says of them, in memory that does not grow.

use super::cloud::Cloud;
use super::convergence::{Convergence, Curve};
use super::moments::Moments;
use super::pairs::LastPairs;
use super::stability::Stability;

/// Follows the losses of a run, and answers as [`stability`](super::stability()) and
/// [`convergence`](super::convergence()) do.
///
/// ```
/// use tachograph::stats::LossCourse;
///
/// let course = LossCourse::of(|course| {
///     course.extend(&[1.0, 0.75], &[None, Some(1.0)]);
///     course.extend(&[0.5, 0.25], &[None, Some(0.8)]);
/// });
/// assert_eq!(course.stability().map(|found| found.train_trend), Some(-0.25));
/// ```
#[derive(Clone, Debug)]
pub struct LossCourse {
    rows: usize,
    curve: Curve,
    pairs: LastPairs,
    train: Cloud,
    val: Cloud,
    /// Rows and losses of the validations of one call.
    validated: (Vec<f64>, Vec<f64>),
}

impl LossCourse {
    fn new(train: Cloud, val: Cloud) -> Self {
        let (curve, pairs) = (Curve::EMPTY, LastPairs::default());
        Self { rows: 0, curve, pairs, train, val, validated: (Vec::new(), Vec::new()) }
    }

    /// The course of losses that `read` gives to [`extend`](Self::extend) from the first to the
    /// last; it is asked twice if their squares would leave the range of `f64`.
    pub fn of(mut read: impl FnMut(&mut Self)) -> Self {
        let mut course = Self::new(Cloud::EMPTY, Cloud::EMPTY);
        read(&mut course);
        let (train, val) = (course.train.twin(), course.val.twin());
        if train.is_none() && val.is_none() {
            return course;
        }
        let (train_range, val_range) = (course.train.y_range, course.val.y_range);
        course = Self::new(train.unwrap_or(Cloud::EMPTY), val.unwrap_or(Cloud::EMPTY));
        read(&mut course);
        (course.train.y_range, course.val.y_range) = (train_range, val_range);
        course
    }

    /// Takes in the next rows: train losses, NaN where missing, and validation losses, none where
    /// there was no validation; rows past the end of `val` have none.
    pub fn extend(&mut self, train: &[f64], val: &[Option<f64>]) {
        self.curve.extend(train);
        self.pairs.extend(self.rows, train, val);
        self.train.add_series(self.rows, train);
        let (rows, losses) = &mut self.validated;
        rows.clear();
        losses.clear();
        for (row, loss) in val.iter().enumerate() {
            if let Some(loss) = loss {
                rows.push((self.rows + row) as f64);
                losses.push(*loss);
            }
        }
        self.val.add_pairs(rows, losses);
        self.rows += train.len();
    }

    /// The stability analysis; `None` for fewer than two rows.
    pub fn stability(&self) -> Option<Stability> {
        if self.rows < 2 {
            return None;
        }
        let (train, val) = (Moments::of_cloud(&self.train), Moments::of_cloud(&self.val));
        Some(Stability {
            train_trend: self.train.slope(),
            val_trend: self.val.slope(),
            train_volatility: train.std,
            val_volatility: val.std,
            overfitting_score: self.pairs.overfitting_score(),
            convergence_status: self.curve.status(),
            non_finite_train: train.non_finite,
            non_finite_val: val.non_finite,
        })
    }

    /// The two ends of the train losses compared.
    pub fn convergence(&self) -> Convergence {
        self.curve.convergence()
    }
}
