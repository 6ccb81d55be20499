//! The best epoch: smallest monitored loss, validation before training.
//!
//! The monitored loss of an epoch is its validation loss where it has one, else its train loss.
//! A strictly smaller loss wins, so ties keep the earlier epoch. NaN and +inf are never best and
//! never block a later value; -inf, strictly smaller than every number, can be best and then
//! stays. From the first epoch on whose validation loss could be best, only epochs with a
//! validation loss compete: that epoch becomes the best whatever the train losses before it were,
//! because losses of two different sets do not compare.

/// Which loss made an epoch the best.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Monitored {
    /// No epoch so far had a comparable validation loss.
    Train,
    /// Only epochs with a validation loss compete.
    Val,
}

/// The best epoch of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Best {
    /// Row of the epoch: the number of epochs recorded before it.
    pub row: usize,
    /// Label of the epoch, as it was logged.
    pub epoch: i64,
    /// Its monitored loss, in the unit of the loss; never NaN, never +inf.
    pub loss: f64,
    /// Which loss that is.
    pub monitored: Monitored,
}

/// Follows the best epoch while epochs are recorded.
///
/// The state after a number of epochs depends on these epochs only: replaying a recorded history
/// through `push` restores it.
///
/// ```
/// use tachograph::stats::BestTracker;
///
/// let mut tracker = BestTracker::new();
/// assert!(tracker.push(10, 0.1, None)); // train losses compete ...
/// assert!(tracker.push(11, 0.2, Some(0.3))); // ... until a validation loss appears
/// assert!(!tracker.push(12, 0.05, None));
/// assert_eq!(tracker.best().map(|best| best.epoch), Some(11));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BestTracker {
    best: Option<Best>,
    n_epochs: usize,
}

impl BestTracker {
    /// No epoch recorded, none best.
    pub fn new() -> Self {
        Self::default()
    }

    /// Records the next epoch and tells whether it is the best so far.
    ///
    /// A train loss that is missing is passed as NaN. A validation loss that was given as NaN is
    /// `Some`: it hides the train loss, and the epoch cannot be best.
    pub fn push(&mut self, epoch: i64, train_loss: f64, val_loss: Option<f64>) -> bool {
        let (loss, monitored) = match val_loss {
            Some(loss) => (loss, Monitored::Val),
            None => (train_loss, Monitored::Train),
        };
        let row = self.n_epochs;
        self.n_epochs += 1;
        let wins = loss < f64::INFINITY
            && match self.best {
                None => true,
                Some(best) if best.monitored == monitored => loss < best.loss,
                Some(_) => monitored == Monitored::Val,
            };
        if wins {
            self.best = Some(Best { row, epoch, loss, monitored });
        }
        wins
    }

    /// The best epoch so far, if one had a comparable loss.
    pub fn best(&self) -> Option<Best> {
        self.best
    }

    /// Monitored loss of the best epoch, +inf when there is none.
    pub fn best_loss(&self) -> f64 {
        self.best.map_or(f64::INFINITY, |best| best.loss)
    }

    /// Epochs recorded.
    pub fn n_epochs(&self) -> usize {
        self.n_epochs
    }
}
