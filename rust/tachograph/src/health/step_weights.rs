//! How far steps move the weights, and how sure wrong predictions are.

use super::advice::number;
use super::episode::Episode;
use super::finding::Code;
use super::recent::{Recent, middle};
use super::thresholds::{Thresholds, count};
use super::watch::Hit;

/// Of so many ratios the middle is erratic.
const WINDOW: usize = 20;
/// Measured steps before which nothing is erratic: weights begin small, and steps large.
const BEGINNING: usize = 50;
const QUIET: u32 = 20;

/// The norm of updates over that of the weights.
#[derive(Clone, Debug)]
pub(super) struct UpdateRatio {
    recent: Recent,
    highest: f64,
    /// How many updates in a row were nothing at all.
    still: usize,
    frozen: Episode,
    erratic: Episode,
}

impl UpdateRatio {
    pub(super) fn new() -> Self {
        Self {
            recent: Recent::EMPTY,
            highest: 0.0,
            still: 0,
            frozen: Episode::default(),
            erratic: Episode::default(),
        }
    }

    #[inline]
    pub(super) fn push(&mut self, value: f64, limits: &Thresholds, hits: &mut Vec<Hit>) {
        if !value.is_finite() {
            return; // the losses and gradients tell
        }
        self.recent.push(value);
        self.highest = self.highest.max(value);
        self.still = if value == 0.0 { self.still + 1 } else { 0 };
        // Small steps late in a training are what schedules lead to; none at all are not.
        let never_moved = self.highest < limits.weights_frozen;
        if never_moved || self.still > 0 {
            self.look_still(value, never_moved, limits, hits);
        } else {
            self.frozen.good(QUIET);
        }
        if value > limits.weights_erratic {
            self.look_wild(limits, hits);
        } else {
            self.erratic.good(QUIET);
        }
    }

    #[cold]
    fn look_still(
        &mut self,
        value: f64,
        never_moved: bool,
        limits: &Thresholds,
        hits: &mut Vec<Hit>,
    ) {
        let n = if never_moved { self.recent.count() } else { self.still };
        // Off where its limit is 0.
        if limits.weights_frozen > 0.0
            && n >= count(limits.weights_frozen_steps)
            && self.frozen.bad()
        {
            let how = format!(
                "is {}: {n} measured steps moved the weights by no more than {} of \
                               their norm",
                number(value),
                number(limits.weights_frozen)
            );
            hits.push(Hit::new(Code::WeightsFrozen, value, limits.weights_frozen, how));
        }
    }

    #[cold]
    fn look_wild(&mut self, limits: &Thresholds, hits: &mut Vec<Hit>) {
        if self.recent.count() < BEGINNING {
            return;
        }
        let (median, limit) = (middle(&self.recent.sorted(WINDOW)), limits.weights_erratic);
        if median > limit && self.erratic.bad() {
            let how = format!(
                "is {} in the middle of the last {WINDOW} measured steps, above {}",
                number(median),
                number(limit)
            );
            hits.push(Hit::new(Code::WeightsErratic, median, limit, how));
        }
    }
}

/// The mean confidence of wrong predictions.
#[derive(Clone, Debug)]
pub(super) struct WrongConfidence {
    recent: Recent,
    sure: Episode,
}

impl WrongConfidence {
    pub(super) fn new() -> Self {
        Self { recent: Recent::EMPTY, sure: Episode::default() }
    }

    #[inline]
    pub(super) fn push(&mut self, value: f64, limits: &Thresholds, hits: &mut Vec<Hit>) {
        if !value.is_finite() {
            return; // no prediction of the step was wrong
        }
        self.recent.push(value);
        if value <= limits.overconfident {
            return self.sure.good(QUIET);
        }
        if self.recent.count() < BEGINNING {
            return;
        }
        let mean = self.recent.last(BEGINNING).sum::<f64>() / BEGINNING as f64;
        if mean > limits.overconfident && self.sure.bad() {
            let how = format!(
                "is {} over the last {BEGINNING} measured steps, above {}",
                number(mean),
                number(limits.overconfident)
            );
            hits.push(Hit::new(Code::Overconfident, mean, limits.overconfident, how));
        }
    }
}
